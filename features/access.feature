Feature: Access to functions
  What somebody may do belongs to a user of an organisation: to read or to write, service by service,
  for a participant. Existing profiles are taken over; every other function is requested and approved.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at    |
      | MUNI01      | MUNICIPAL | MLAP_NCPA-APND    |
      | FIN1        | TRADER    |                   |
      | FIN2        | TRADER    |                   |

  Rule: The role decides which functions a profile brings along

    @CRR-ACC-001
    Scenario: A metered subsystem submits its load, nominates and converts rights; a trader does not nominate
      Exit criterion: The page of rights shows what the role brings along, and no more.
      Given it is Monday of week 1 at 09:00
      Then the page of rights of MUNI01 has:
        | user   | function | service                  |
        | MUNI01 | WRITE    | historicalforecastedload |
        | MUNI01 | WRITE    | nomination               |
        | MUNI01 | WRITE    | torconversion            |
        | MUNI01 | READ     | marketdata               |
      And the page of rights of MUNI01 has not:
        | user   | function | service       |
        | MUNI01 | WRITE    | marketdata    |
        | MUNI01 | WRITE    | loadmigration |
      When it is Tuesday of week 1 at 09:00
      And FIN1 creates the portfolio "hope" of "ALLOC_MN_2024_M04_T1" with nothing in it
      Then it is refused with SEC0001, "no privilege to WRITE nomination"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed

  Rule: Functions are a user's, not its participant's

    @CRR-ACC-002
    Scenario: Who may only read the auction does not bid, whatever its participant may
      Exit criterion: The reader is refused, the participant's own user is not.
      Given it is Tuesday of week 2 at 09:00
      And ANN of TradingDesk was given for FIN1:
        | function | service |
        | READ     | auction |
      When ANN creates for FIN1 the portfolio "hers" of "AUC_MN_2024_M04" with nothing in it
      Then it is refused with SEC0001, "no privilege to WRITE auction for participant FIN1"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
      When FIN1 creates the portfolio "its own" of "AUC_MN_2024_M04" with nothing in it
      Then it is answered NEW

    @CRR-ACC-003
    Scenario: Who may act for one participant does not act for another
      Exit criterion: A stranger is told no more than that access is denied.
      Given it is Tuesday of week 2 at 09:01
      When ANN creates for FIN2 the portfolio "wrong" of "AUC_MN_2024_M04" with nothing in it
      Then it is refused with SEC0002, "access to FIN2 is denied"
      And nothing in the market has changed

  Rule: A function is requested by its user and approved by the operator

    @CRR-ACC-004
    Scenario: A function counts from its approval to its revocation
      Exit criterion: A request alone gives nothing, and nobody approves their own.
      Given it is Tuesday of week 2 at 09:02
      When ANN asks for the function WRITE auction of FIN1
      Then it is answered REQUESTED
      When ANN asks for the function WRITE auction of FIN1
      Then it is refused with SER0030, "is already requested or granted"
      And nothing in the market has changed
      When ANN creates for FIN1 the portfolio "hers" of "AUC_MN_2024_M04" with nothing in it
      Then it is refused with SEC0001, "no privilege to WRITE auction for participant FIN1"
      And nothing in the market has changed
      When ANN decides APPROVE on WRITE auction of ANN for FIN1
      Then it is refused with SEC0001, "no privilege"
      And nothing in the market has changed
      When OPERATOR decides APPROVE on WRITE auction of ANN for FIN1
      Then it is answered APPROVED
      And the page of rights of FIN1 has:
        | user | organisation | function | service |
        | ANN  | TradingDesk  | WRITE    | auction |
      When ANN creates for FIN1 the portfolio "hers" of "AUC_MN_2024_M04" with nothing in it
      Then it is answered NEW
      When OPERATOR decides REVOKE on WRITE auction of ANN for FIN1
      Then it is answered REVOKED
      And the page of rights of FIN1 has not:
        | user | organisation | function | service |
        | ANN  | TradingDesk  | WRITE    | auction |
      When ANN creates for FIN1 the portfolio "again" of "AUC_MN_2024_M04" with nothing in it
      Then it is refused with SEC0001, "no privilege to WRITE auction for participant FIN1"
      And nothing in the market has changed

    @CRR-ACC-005
    Scenario: Nobody acts for a participant that does not exist
      Exit criterion: No request is stored.
      Given it is Tuesday of week 2 at 09:03
      When MUNI01 asks for the function READ auction of NOBODY
      Then it is refused with SEC0002, "participant NOBODY is unknown"
      And nothing in the market has changed

    @CRR-ACC-006
    Scenario: What the operator gives counts at once
      Exit criterion: The user acts, and the page of rights says for whom.
      Given it is Tuesday of week 2 at 09:04
      When the operator gives BEN of TradingDesk for FIN2:
        | function | service |
        | WRITE    | auction |
      And BEN creates for FIN2 the portfolio "his" of "AUC_MN_2024_M04" with nothing in it
      Then it is answered NEW
      And the page of rights of FIN2 has:
        | user | organisation | function | service |
        | BEN  | TradingDesk  | WRITE    | auction |
      When BEN creates for FIN1 the portfolio "wrong" of "AUC_MN_2024_M04" with nothing in it
      Then it is refused with SEC0002, "access to FIN1 is denied"
      And nothing in the market has changed
