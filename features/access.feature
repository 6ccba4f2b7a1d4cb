Feature: Access to functions
  Existing profiles are taken over; every other function is requested and approved.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at    |
      | MUNI01      | MUNICIPAL | MLAP_NCPA-APND    |

  Rule: The role decides which functions a profile brings along

    @CRR-ACC-001
    Scenario: A municipal utility converts rights, but submits no load
      Exit criterion: The page of rights shows what the role brings along, and no more.
      Given it is Monday of week 1 at 09:00
      Then MUNI01 may WRITE torconversion
      And MUNI01 may READ marketdata
      And MUNI01 may not WRITE historicalforecastedload
      When MUNI01 submits 5 MW in every hour at "MLAP_NCPA-APND" to "FCST_LOAD_2024_M04"
      Then it is refused with SEC0001, "no privilege to WRITE historicalforecastedload"
      And nothing in the market has changed

  Rule: A function is requested by its user and approved by the operator

    @CRR-ACC-002
    Scenario: A requested function counts when it is approved, and no longer when it is revoked
      Exit criterion: A function works from its approval to its revocation.
      Given it is Monday of week 1 at 09:01
      When MUNI01 asks for the function WRITE historicalforecastedload of MUNI01
      Then it is answered REQUESTED
      And MUNI01 may not WRITE historicalforecastedload
      When MUNI01 decides APPROVE on WRITE historicalforecastedload of MUNI01
      Then it is refused with SEC0001, "no privilege"
      And nothing in the market has changed
      When OPERATOR decides APPROVE on WRITE historicalforecastedload of MUNI01
      Then it is answered APPROVED
      And MUNI01 may WRITE historicalforecastedload
      When MUNI01 submits 5 MW in every hour at "MLAP_NCPA-APND" to "FCST_LOAD_2024_M04"
      Then it is answered VALID
      When OPERATOR decides REVOKE on WRITE historicalforecastedload of MUNI01
      Then MUNI01 may not WRITE historicalforecastedload

    @CRR-ACC-003
    Scenario: Nobody acts for a participant that does not exist
      Exit criterion: No request is stored.
      Given it is Monday of week 1 at 09:02
      When MUNI01 asks for the function READ auction of NOBODY
      Then it is refused with SEC0002, "participant NOBODY is unknown"
      And nothing in the market has changed
