Feature: Load-serving entities outside the balancing area
  They show their need, elect, and prepay wheeling access charges before they nominate.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role    | serves load at    |
      | OBA1        | OBAALSE | PALOVRDE_ASR-APND |
      | OBA2        | OBAALSE | MALIN_5_N101      |
      | LSEP        | LSE     | DLAP_PGAE-APND    |

  Rule: Need is shown by entities outside, in their window

    @CRR-OBA-001
    Scenario: An entity inside the balancing area shows no need
      Exit criterion: No need is stored.
      Given it is Monday of week 1 at 16:00
      When LSEP shows in "OBAALSE_2024_M04" for "2024_M04" ON a need of 5 MW
      Then it is refused with LHFV0033, "LSEP is not outside the balancing area"
      And nothing in the market has changed

    @CRR-OBA-002
    Scenario: A need for a period of another window is refused
      Exit criterion: No need is stored.
      Given it is Monday of week 1 at 16:00
      When OBA2 shows in "OBAALSE_2024_M04" for "2024_M05" ON a need of 5 MW
      Then it is refused with LHFV0031, "period 2024_M05 is not of window"
      And nothing in the market has changed

  Rule: What is elected within the need is what may be nominated

    @CRR-OBA-003
    Scenario: An elected quantity takes the place of what follows from load
      Exit criterion: It sees its election in how its cap came about; 52.5 MW of it are allocated.
      Given it is Monday of week 1 at 16:01
      When OBA1 elects in "OBAALSE_2024_M04" for "2024_M04" OFF 65 MW of a need of 80 MW
      Then it is answered VALID
      When it is Tuesday of week 1 at 07:01
      Then OBA1 sees how its cap in "ALLOC_MN_2024_M04_T1" at "PALOVRDE_ASR-APND" came about, OFF:
        | figure             | is                                    |
        | monthly tier 1 cap | MEQ                                   |
        | MEQ                | EQ - allocated seasonal and long-term |
        | EQ                 | min(shown need, elected quantity)     |
      And the cap of OBA1 in "ALLOC_MN_2024_M04_T1" at "PALOVRDE_ASR-APND" is 12.5 MW, OFF

  Rule: A nomination counts when its wheeling is prepaid, and what is not awarded is refunded

    @CRR-OBA-004
    Scenario: A nomination without prepayment is not submitted
      Exit criterion: The nomination does not count and its owner knows what is due.
      Given it is Tuesday of week 1 at 16:30
      When OBA2 nominates in "ALLOC_MN_2024_M04_T1" as "unpaid":
        | source         | sink         | period   | TOU | MW |
        | ROUNDMT_7_N001 | MALIN_5_N101 | 2024_M04 | OFF | 1  |
      Then it is answered INVALID
      And the reason is "the wheeling prepayment is short by"
      And what counts in the market is what counted before

    @CRR-OBA-005
    Scenario: A sink that is no scheduling point serves no load outside
      Exit criterion: The nomination is refused and leaves no trace.
      Given it is Tuesday of week 1 at 16:30
      When OBA2 nominates in "ALLOC_MN_2024_M04_T1" as "inside":
        | source         | sink           | period   | TOU | MW |
        | ROUNDMT_7_N001 | DLAP_PGAE-APND | 2024_M04 | OFF | 1  |
      Then it is refused with SER0030, "sink"
      And nothing in the market has changed

    @CRR-OBA-006
    Scenario: What is not awarded comes back with the results
      Exit criterion: The account holds exactly the charge of what was awarded.
      Given it is Tuesday of week 1 at 16:31
      When OBA2 prepays 3648.00 USD of wheeling access charges for "ALLOC_MN_2024_M04_T1"
      Then it is answered PAID
      When it is Wednesday of week 1 at 09:00
      Then OBA2 gets back for "ALLOC_MN_2024_M04_T1" what it prepaid and was not awarded
