Feature: Portfolios
  A portfolio is created, submitted, retracted and deleted; each step has its place.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role | serves load at |
      | LSED        | LSE  | DLAP_SDGE-APND |
      | LSEP        | LSE  | DLAP_PGAE-APND |

  Rule: What is empty can be deleted, and nothing else

    @CRR-POR-001
    Scenario: An empty portfolio is NEW
      Exit criterion: An empty portfolio can only be filled anew or deleted.
      Given it is Tuesday of week 1 at 09:00
      When LSED creates the portfolio "draft" of "ALLOC_MN_2024_M04_T1" with nothing in it
      Then it is answered NEW
      When LSED submits the portfolio "draft" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0013, "is empty and cannot be submitted"
      And nothing in the market has changed
      When LSED retracts the portfolio "draft" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0012, "is new and empty"
      And nothing in the market has changed
      When LSED deletes the portfolio "draft" of "ALLOC_MN_2024_M04_T1"
      Then it is answered DELETED

  Rule: A name is used once, is not blank, not too long, and made of plain characters

    @CRR-POR-002
    Scenario: A name that is used already is refused
      Exit criterion: The first portfolio of that name stays as it was.
      Given it is Tuesday of week 1 at 09:01
      When LSED creates the portfolio "one" of "ALLOC_MN_2024_M04_T1" with nothing in it
      Then it is answered NEW
      When LSED creates the portfolio "one" of "ALLOC_MN_2024_M04_T1" with nothing in it
      Then it is refused with POR0101, "already used"
      And nothing in the market has changed

    @CRR-POR-003
    Scenario Outline: The name <name> is refused
      Exit criterion: No portfolio is stored.
      Given it is Tuesday of week 1 at 09:01
      When LSED creates the portfolio "<name>" of "ALLOC_MN_2024_M04_T1" with nothing in it
      Then it is refused with <code>, "<words>"
      And nothing in the market has changed

      Examples:
        | name                                                                                                  | code    | words                  |
        | a+b                                                                                                   | SER0022 | illegal characters     |
        | ---                                                                                                   | SER0022 | illegal characters     |
        | a1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 | POR0103 | too long               |

  Rule: What is submitted is submitted once and cannot be deleted

    @CRR-POR-004
    Scenario: Submitted, submitted again, deleted, retracted, retracted again
      Exit criterion: Every step out of place is refused with its own code.
      Given it is Tuesday of week 1 at 09:02
      When LSED nominates in "ALLOC_MN_2024_M04_T1" as "life":
        | source         | sink           | period   | TOU | MW |
        | MISSION_7_N001 | DLAP_SDGE-APND | 2024_M04 | ON  | 1  |
      Then it is answered SUBMITTED
      When LSED submits the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0051, "is already submitted"
      And nothing in the market has changed
      When LSED deletes the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0010, "is submitted and cannot be deleted"
      And nothing in the market has changed
      When LSED retracts the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is answered VALID
      When LSED retracts the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0038, "is not submitted"
      And nothing in the market has changed

  Rule: Everybody acts for itself, in markets and on portfolios that exist

    @CRR-POR-005
    Scenario: What does not exist is refused
      Exit criterion: Every refusal leaves the market as it was.
      Given it is Tuesday of week 1 at 09:03
      When LSED submits the portfolio "nothing" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0100, "no such portfolio"
      And nothing in the market has changed
      When LSED creates the portfolio "x" of "ALLOC_MN_1999_M04_T1" with nothing in it
      Then it is refused with MKT0001, "the market name is unknown"
      And nothing in the market has changed

    @CRR-POR-006
    Scenario: What belongs to others is refused
      Exit criterion: The portfolio is its owner's still.
      Given it is Tuesday of week 1 at 09:03
      When LSEP retracts the portfolio "life" of LSED in "ALLOC_MN_2024_M04_T1"
      Then it is refused with POR0023, "does not belong to participant LSEP"
      And nothing in the market has changed

  Rule: Nothing is taken back after the window has closed

    @CRR-POR-007
    Scenario: A retraction after the close is refused, and the nomination counts
      Exit criterion: What was submitted when the window closed is what is allocated.
      Given it is Tuesday of week 1 at 09:04
      When LSED submits the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is answered SUBMITTED
      When it is Tuesday of week 1 at 17:00
      And LSED retracts the portfolio "life" of "ALLOC_MN_2024_M04_T1"
      Then it is refused with NOM0129, "is closed; no retraction"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
      And the portfolio "life" of LSED in "ALLOC_MN_2024_M04_T1" is SUBMITTED
