Feature: Load submission
  Load-serving entities submit their hourly load; what they may nominate follows from it.
  A submission is checked at once, sink by sink, and may be sent again until the window closes.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at   |
      | LSEV        | LSE       | DLAP_VEA-APND    |
      | LSEP        | LSE       | DLAP_PGAE-APND   |
      | MUNI01      | MUNICIPAL | MLAP_NCPA-APND   |
      | WATR01      | MUNICIPAL | CLAP_EDMONS-APND |

  Rule: Load counts only while its window is open

    @CRR-LSU-001
    Scenario: A load before the window opens is refused
      Exit criterion: The load is refused and nothing is on file.
      Given it is Monday of week 1 at 08:59
      And the process "FCST_LOAD_2024_M04" is CLOSED
      When LSEV submits 50 MW in every hour at "DLAP_VEA-APND" to "FCST_LOAD_2024_M04"
      Then it is refused with LHFV0033, "is closed"
      And nothing in the market has changed

    @CRR-LSU-002
    Scenario: A window that nobody announced is unknown
      Exit criterion: The refusal names the window.
      Given it is Monday of week 1 at 16:00
      When LSEV submits 50 MW in every hour at "DLAP_VEA-APND" to "FCST_LOAD_1999"
      Then it is refused with LHFV0030, "submission window FCST_LOAD_1999 is invalid"
      And nothing in the market has changed

  Rule: Every hour once, at one's own sinks, and all faults come back together

    @CRR-LSU-003
    Scenario Outline: A load with <fault> is refused
      Exit criterion: The refusal names the sink and the hours.
      Given it is Monday of week 1 at 16:00
      And the process "FCST_LOAD_2024_M04" is OPEN
      When LSEV submits 50 MW in every hour at "<sink>" to "FCST_LOAD_2024_M04" but:
        | day        | hour ending | MW   |
        | 2024-04-02 | 5           | <MW> |
      Then it is refused with SER0030, "<words>"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed

      Examples:
        | fault                 | sink           | MW        | words                     |
        | an hour left out      | DLAP_VEA-APND  | none      | 1 hours of sink           |
        | an hour sent twice    | DLAP_VEA-APND  | 50 and 51 | are sent more than once   |
        | half a kilowatt       | DLAP_VEA-APND  | 50.0005   | not in the allowed steps  |
        | another entity's sink | DLAP_PGAE-APND | 50        | is not one of the asset   |

  Rule: A forecast is at most five percent above the verified one

    @CRR-LSU-004
    Scenario: The last watt decides
      Exit criterion: The tolerance is exact to the last watt.
      Given it is Monday of week 1 at 16:00
      And the reference forecast at "DLAP_VEA-APND" is 238.357 MW in every hour of 2024-04-02
      When LSEV submits 50 MW in every hour at "DLAP_VEA-APND" to "FCST_LOAD_2024_M04" but:
        | day        | hour ending | MW      |
        | 2024-04-02 | 5           | 250.275 |
      Then it is refused with SER0030, "by more than 5 percent tolerance"
      And nothing in the market has changed
      When LSEV submits 50 MW in every hour at "DLAP_VEA-APND" to "FCST_LOAD_2024_M04" but:
        | day        | hour ending | MW      |
        | 2024-04-02 | 5           | 250.274 |
      Then it is answered VALID

    @CRR-LSU-005
    Scenario: What is sent again replaces what was sent before
      Exit criterion: Only the last submission is on file.
      Given it is Monday of week 1 at 16:00
      When LSEV submits 45 MW in every hour at "DLAP_VEA-APND" to "FCST_LOAD_2024_M04"
      Then it is answered VALID
      And the load of LSEV in "FCST_LOAD_2024_M04" is VALID with 45 MW in every hour

  Rule: A metered subsystem may elect net settlement; nobody else sends gross figures

    @CRR-LSU-006
    Scenario: A metered subsystem sends its final load, or gross load and gross generation
      Exit criterion: What counts is the load less the generation, hour by hour.
      Given it is Monday of week 1 at 16:00
      And the process "FCST_LOAD_2024_M04" is OPEN
      When MUNI01 submits to "FCST_LOAD_2024_M04" in every hour:
        | sink           | load type  | MW |
        | MLAP_NCPA-APND | FINAL_LOAD | 21 |
      Then it is answered VALID
      And the load of MUNI01 in "FCST_LOAD_2024_M04" counts with 21 MW at "MLAP_NCPA-APND"
      When MUNI01 submits to "FCST_LOAD_2024_M04" in every hour:
        | sink           | load type        | MW   |
        | MLAP_NCPA-APND | GROSS_LOAD       | 40   |
        | MLAP_NCPA-APND | GROSS_GENERATION | 15.5 |
      Then it is answered VALID
      And the load of MUNI01 in "FCST_LOAD_2024_M04" counts with 24.5 MW at "MLAP_NCPA-APND"

    @CRR-LSU-007
    Scenario: One of the pair without the other is refused
      Exit criterion: What was on file before stays on file.
      Given it is Monday of week 1 at 16:00
      When MUNI01 submits to "FCST_LOAD_2024_M04" in every hour:
        | sink           | load type  | MW |
        | MLAP_NCPA-APND | GROSS_LOAD | 40 |
      Then it is refused with SER0030, "has GROSS_LOAD without GROSS_GENERATION"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed

    @CRR-LSU-008
    Scenario Outline: <who> is no metered subsystem
      Exit criterion: Gross figures are refused, and nothing of them is on file.
      Given it is Monday of week 1 at 16:00
      When <who> submits to "FCST_LOAD_2024_M04" in every hour:
        | sink   | load type        | MW   |
        | <sink> | GROSS_LOAD       | 40   |
        | <sink> | GROSS_GENERATION | 15.5 |
      Then it is refused with LHFV0026, "only FINAL_LOAD for users that are not metered subsystems"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed

      Examples:
        | who    | sink             |
        | LSEV   | DLAP_VEA-APND    |
        | WATR01 | CLAP_EDMONS-APND |

  Rule: A reference that changes later is looked at again

    @CRR-LSU-009
    Scenario: A reference that is lowered later turns a stored forecast to ERROR
      Exit criterion: The entity is told, and is VALID again when the reference is right again.
      Given it is Monday of week 1 at 17:00
      And the process "FCST_LOAD_2024_M04" is CLOSED
      When the reference forecast at "DLAP_VEA-APND" is 40 MW in every hour of 2024-04-02
      Then the load of LSEV in "FCST_LOAD_2024_M04" is ERROR
      And LSEV has the private message "load of 2024_M04 is ERROR"
      When the reference forecast at "DLAP_VEA-APND" is 60 MW in every hour of 2024-04-02
      Then the load of LSEV in "FCST_LOAD_2024_M04" is VALID
