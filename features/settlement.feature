@CRR-SET
Feature: Settlement that a participant can shadow
  Statements come out three business days after their trading day, recalculations later; a corrected
  price is never a silent change; and what is published settles to the same cents. The scenarios
  follow the calendar; each goes on where the one before it ended.

  Background:
    Given the calendar "market-sim" is played with seed 1

  Rule: What was stated stays; a later version holds the difference

    @CRR-SET-001
    Scenario: A corrected price waits for the day's recalculation
      Exit criterion: The first statement is as it was, and no cent is without an owner.
      When it is Wednesday of week 3 at 10:00
      And the operator doubles the dearest price of the first trading day
      Then the statements of that day are what they were
      And everybody can download the old price beside the new one

    @CRR-SET-002
    Scenario: The recalculation twelve business days later is a second version
      Exit criterion: Version 2 holds only what changed; all versions together are zero-sum.
      When it is Monday of week 5 at 10:00
      Then that day has a second version with nothing but what changed
      And the money of all parties and the balancing account adds up to 0.00 USD

    @CRR-SET-003
    Scenario: A day-ahead market that is run again is one more version
      Exit criterion: Earlier versions stay; the new one holds only what the rerun changed.
      When the operator runs the first trading day's market again with 2 % more load
      Then that day has one more version with nothing but what changed
      And the money of all parties and the balancing account adds up to 0.00 USD

    @CRR-SET-004
    Scenario: A correction of an hour that was not traded is refused
      Exit criterion: The refusal says what is allowed; nothing changes.
      When the operator corrects a price of an hour without a day-ahead market
      Then the operator is refused with SET0003

  Rule: Everything that was paid can be settled again from what was published

    @CRR-SET-005
    Scenario: The month's case folder gives every holder's statements again
      Exit criterion: No line differs by a cent, corrections and true-up included.
      When it is Friday of week 5 at 10:00
      Then the published case of "2024_M04" settles to the cents of every holder
      And every statement has a kit of its own

    @CRR-SET-006
    Scenario: Existing rights pay no day-ahead congestion
      Exit criterion: Each holder gets back what its schedules were charged; CRRs share the rest.
      Then each holder of an existing right got its day-ahead congestion back

    @CRR-SET-007
    Scenario: What holders do not get goes to measured demand
      Exit criterion: The shares add up to what the account gave out.
      Then what the balancing account shared out went to load and is all there
      And the money of all parties and the balancing account adds up to 0.00 USD
