Feature: Load migration, conversion of ownership rights, and the secondary market
  CRRs change hands in three ways beside the markets; no MW is lost on the way.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at  |
      | LSES        | LSE       | DLAP_SCE-APND   |
      | CCA2        | CCA       | DLAP_SCE-APND   |
      | MUNI02      | MUNICIPAL | MLAP_ANHM-APND  |
      | FIN1        | TRADER    |                 |
      | FIN2        | TRADER    |                 |
      | FIN3        | TRADER    |                 |
      | FIN6        | TRADER    |                 |

  Rule: A utility uploads for its own area and the market's own date

    @CRR-TRF-001
    Scenario: An upload before the market opens, for another date or by another utility is refused
      Exit criterion: No upload is stored.
      Given it is Tuesday of week 1 at 10:00
      And the process "LOAD_MIGRATION_2024_M05" is PREP
      When LSES uploads COUNTS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | LSE  | class       | customers |
        | LSES | RESIDENTIAL | 20000     |
      Then it is refused with LMV0102, "is not open"
      And nothing in the market has changed
      When it is Tuesday of week 1 at 16:00
      And LSES uploads COUNTS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-02:
        | LSE  | class       | customers |
        | LSES | RESIDENTIAL | 20000     |
      Then it is refused with LMV023, "the effective date is not the market's"
      And nothing in the market has changed
      When LSES uploads COUNTS of "UNONE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | LSE  | class       | customers |
        | LSES | RESIDENTIAL | 20000     |
      Then it is refused with LMV024, "UDC name UNONE is invalid"
      And nothing in the market has changed

    @CRR-TRF-002
    Scenario: More customers cannot leave than are served
      Exit criterion: The transfers are refused as a whole.
      Given it is Tuesday of week 1 at 16:01
      When LSES uploads DASRS of "USCE" to "LOAD_MIGRATION_2024_M05" effective 2024-05-01:
        | record | class       | from | to   | customers |
        | 1      | RESIDENTIAL | LSES | CCA2 | 999999999 |
      Then it is refused with SER0030, "more RESIDENTIAL customers leave LSE"
      And nothing in the market has changed

  Rule: Conversions stay within the right, and both sides act in their own window

    @CRR-TRF-003
    Scenario: More than the right is refused as a whole
      Exit criterion: An upload is taken whole or not at all.
      Given it is Wednesday of week 1 at 16:00
      And the process "TOR_CONVERSION_2024_S02" is OPEN_FOR_CONVERSION
      When MUNI02 asks in "TOR_CONVERSION_2024_S02" to convert:
        | source      | sink            | from       | up to      | MW      | transferee |
        | MEAD_5_N501 | SERRANO_2_N001  | 2024-05-01 | 2024-07-01 | 1       | FIN2       |
        | MEAD_5_N501 | SERRANO_2_N001  | 2024-05-01 | 2024-07-01 | 150     | FIN2       |
      Then it is refused with SER0030, "MW of path TOR_MUNI02"
      And nothing in the market has changed
      When MUNI02 asks in "TOR_CONVERSION_2024_S02" to convert:
        | source      | sink            | from       | up to      | MW      | transferee |
        | MEAD_5_N501 | SERRANO_2_N001  | 2024-05-01 | 2024-07-01 | 7       | FIN2       |
      Then it is answered VALID
      When FIN2 decides in "TOR_CONVERSION_2024_S02" on its records:
        | record | decision |
        | 1      | APPROVED |
      Then it is refused with TOR0024, "the conversion window is OPEN_FOR_CONVERSION"
      And nothing in the market has changed

    @CRR-TRF-004
    Scenario: The transferee decides record by record
      Exit criterion: Only the transferee's own decisions count.
      Given it is Thursday of week 1 at 12:00
      And the process "TOR_CONVERSION_2024_S02" is OPEN_FOR_APPROVAL
      When FIN1 decides in "TOR_CONVERSION_2024_S02" on its records:
        | record | decision |
        | 1      | APPROVED |
      Then it is refused with SER0030, "is not for FIN1 to decide"
      And nothing in the market has changed
      When FIN2 decides in "TOR_CONVERSION_2024_S02" on its records:
        | record | decision    |
        | 1      | APPROVED    |
        | 2      | DISAPPROVED |
      Then it is answered VALID

  Rule: Posting makes the CRRs

    @CRR-TRF-005
    Scenario: CRRs follow the load, and what one gains the other is bound to
      Exit criterion: What was gained and the counter-flow add up to nothing, CRR by CRR.
      Given it is Monday of week 2 at 10:00
      Then the process "LOAD_MIGRATION_2024_M05" is POSTED
      And for each CRR that "LOAD_MIGRATION_2024_M05" gave a gainer its loser has the counter-flow
      And "LOAD_MIGRATION_2024_M05" took each gainer the share of its percentage
      And CCA2 has the private message "LOAD_MIGRATION_2024_M05 made or changed CRRs of yours"

    @CRR-TRF-006
    Scenario: What was approved is a CRR of its transferee
      Exit criterion: The inventory holds what was approved and nothing else.
      Given it is Monday of week 2 at 10:00
      Then FIN2 has 1 CRRs of type MT_TOR with 7 MW each

  Rule: A trade is offered, answered and checked; the CRR is cut, and nothing is lost

    @CRR-TRF-007
    Scenario: Nothing is traded before the secondary market opens
      Exit criterion: No offer is stored.
      Given it is Monday of week 2 at 11:59
      And FIN1 holds a CRR for "2024_S03"
      When FIN1 offers the CRR for sale:
        | field | value      |
        | from  | 2024-08-01 |
        | up to | 2024-09-01 |
        | MW    | 0.5        |
        | price | 12.34      |
        | to    | FIN2       |
      Then it is refused with SER0030, "the secondary market is not open"
      And nothing in the market has changed

    @CRR-TRF-008
    Scenario: Part of a CRR is sold for a month
      Exit criterion: The buyer's piece and the seller's add up to the CRR on every day.
      Given it is Monday of week 2 at 12:00
      And FIN1 holds a CRR for "2024_S03"
      When FIN1 offers the CRR for sale:
        | field   | value           |
        | from    | 2024-08-01      |
        | up to   | 2024-09-01      |
        | MW      | 0.5             |
        | price   | 12.34           |
        | contact | desk of FIN1    |
      Then it is answered POSTED
      When FIN1 turns the offer to FIN2 at 12.35 USD
      Then it is refused with SMT0145, "the price differs"
      And nothing in the market has changed
      When FIN1 turns the offer to fin2 at 12.34 USD
      Then it is refused with SMT0107, "unknown or no CRR holder"
      And nothing in the market has changed
      When FIN1 turns the offer to FIN2 at 12.34 USD
      Then it is answered PENDING_MP_RESPONSE
      When FIN6 accepts the offer
      Then it is refused with SMT0082, "is not turned to FIN6"
      And nothing in the market has changed
      When FIN2 accepts the offer
      Then it is answered PENDING_CREDIT_CHECK
      When the operator checks the credit of the trade
      Then it is answered APPROVED
      And FIN1 and FIN2 have between them what the CRR was, day by day
      And the life of the CRR is one story

    @CRR-TRF-009
    Scenario: A buyer without the collateral to hold it gets nothing
      Exit criterion: The trade is disapproved and the CRR stays where it was.
      Given it is Monday of week 2 at 12:01
      And FIN3 holds a CRR for "2024_S03"
      When FIN3 offers the CRR for sale:
        | field | value      |
        | from  | 2024-07-01 |
        | up to | 2024-10-01 |
        | MW    | all of it  |
        | price | 12.34      |
        | to    | FIN6       |
      Then it is answered PENDING_MP_RESPONSE
      When FIN6 accepts the offer
      And the operator checks the credit of the trade
      Then it is answered DISAPPROVED
      And FIN3 holds a CRR for "2024_S03"

    @CRR-TRF-010
    Scenario: A CRR with a pending trade cannot be sold in an auction
      Exit criterion: The offer in the auction does not count while the trade is pending.
      Given it is Tuesday of week 2 at 09:00
      And FIN1 holds a CRR for "2024_S02"
      When FIN1 offers the CRR for sale:
        | field | value      |
        | from  | 2024-06-01 |
        | up to | 2024-07-01 |
        | MW    | 0.5        |
        | price | 12.34      |
        | to    | FIN2       |
      Then it is answered PENDING_MP_RESPONSE
      When FIN1 offers the same CRR in "AUC_MN_2024_M04" as "twice"
      Then it is answered INVALID
      And the reason is "has a pending secondary market trade and cannot be sold"
      When FIN2 declines the offer
      Then it is answered DISAPPROVED
