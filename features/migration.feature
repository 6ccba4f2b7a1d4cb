Feature: Load migration tells utilities which hours their rates are for
  Rates of a customer class are those of the N-hour of each default LAP, season and time of use.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role | serves load at |
      | LSES        | LSE  | DLAP_SCE-APND  |

  Rule: N-hours are posted when the market opens

    @CRR-MIG-001
    Scenario: Before the window nobody has them, with it everybody does
      Exit criterion: Each default LAP has one hour for each season and time of use.
      Given it is Tuesday of week 1 at 10:00
      And the process "LOAD_MIGRATION_2024_M05" is PREP
      Then 0 N-hours of "LOAD_MIGRATION_2024_M05" are posted for "DLAP_SCE-APND"
      When it is Tuesday of week 1 at 10:31
      Then the process "LOAD_MIGRATION_2024_M05" is OPEN
      And 8 N-hours of "LOAD_MIGRATION_2024_M05" are posted for "DLAP_SCE-APND"
