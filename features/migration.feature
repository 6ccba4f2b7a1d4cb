Feature: Load migration
  CRRs follow the load. A utility tells who has left whom; what the gainer is given, the loser is
  bound to, and no MW is lost on the way.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role | serves load at |
      | LSES        | LSE  | DLAP_SCE-APND  |
      | CCA2        | CCA  | DLAP_SCE-APND  |

  Rule: Nothing is uploaded before the market opens

    @CRR-MIG-001
    Scenario: An early upload is refused
      Exit criterion: No upload is stored.
      Given it is Tuesday of week 1 at 10:00
      And the process "LOAD_MIGRATION_2024_M05" is PREP
      When LSES uploads DASRS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | record | class       | from | to   | customers |
        | 1      | RESIDENTIAL | LSES | CCA2 | 20000     |
      Then it is refused with LMV0102, "is not open"
      And nothing in the market has changed

  Rule: Rates of a class are those of the N-hour, which is posted when the market opens

    @CRR-MIG-002
    Scenario: Before the window nobody has them, with it everybody does
      Exit criterion: Each default LAP has one hour for each season and time of use.
      Given it is Tuesday of week 1 at 10:01
      And the process "LOAD_MIGRATION_2024_M05" is PREP
      Then 0 N-hours of "LOAD_MIGRATION_2024_M05" are posted for "DLAP_SCE-APND"
      When it is Tuesday of week 1 at 10:31
      Then the process "LOAD_MIGRATION_2024_M05" is OPEN
      And 8 N-hours of "LOAD_MIGRATION_2024_M05" are posted for "DLAP_SCE-APND"

  Rule: A utility uploads for its own area and the market's own date

    @CRR-MIG-003
    Scenario: An upload for another date or another utility's area is refused
      Exit criterion: No upload is stored.
      Given it is Tuesday of week 1 at 16:00
      When LSES uploads COUNTS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-02:
        | LSE  | class       | customers |
        | LSES | RESIDENTIAL | 20000     |
      Then it is refused with LMV023, "the effective date is not the market's"
      And nothing in the market has changed
      When LSES uploads COUNTS of "UNONE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | LSE  | class       | customers |
        | LSES | RESIDENTIAL | 20000     |
      Then it is refused with LMV024, "UDC name UNONE is invalid"
      And nothing in the market has changed

    @CRR-MIG-004
    Scenario: More customers cannot leave than are served
      Exit criterion: The transfers are refused as a whole.
      Given it is Tuesday of week 1 at 16:01
      When LSES uploads DASRS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | record | class       | from | to   | customers |
        | 1      | RESIDENTIAL | LSES | CCA2 | 999999999 |
      Then it is refused with SER0030, "more RESIDENTIAL customers leave LSE"
      And nothing in the market has changed

  Rule: Posting makes the CRRs

    @CRR-MIG-005
    Scenario: CRRs follow the load, and what one gains the other is bound to
      Exit criterion: What was gained and the counter-flow add up to nothing, CRR by CRR.
      Given it is Monday of week 2 at 10:00
      Then the process "LOAD_MIGRATION_2024_M05" is POSTED
      And for each CRR that "LOAD_MIGRATION_2024_M05" gave a gainer its loser has the counter-flow
      And "LOAD_MIGRATION_2024_M05" took each gainer the share of its percentage
      And CCA2 has the private message "LOAD_MIGRATION_2024_M05 made or changed CRRs of yours"
