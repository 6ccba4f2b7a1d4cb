Feature: The secondary market
  A holder sells a CRR, or a part of it for a part of its days, to another one.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role   | serves load at |
      | FIN1        | TRADER |                |
      | FIN2        | TRADER |                |
      | FIN3        | TRADER |                |
      | FIN6        | TRADER |                |
      | CCA2        | CCA    | DLAP_SCE-APND  |

  Rule: A trade is offered, answered and checked; the CRR is cut, and nothing is lost

    @CRR-SEC-001
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

    @CRR-SEC-002
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

    @CRR-SEC-003
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

    @CRR-SEC-004
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

  Rule: Who sells what load migration may ask back covers it before the offer is accepted

    @CRR-SEC-005
    Scenario: A supplier without collateral does not offer a CRR that its load was allocated
      Exit criterion: The offer is refused with what is missing; with collateral it is accepted.
      Given it is Tuesday of week 2 at 19:00
      And CCA2 holds a CRR for "2024_S03"
      When the operator enters 0.00 USD as the collateral of CCA2
      And CCA2 offers the CRR for sale:
        | field | value      |
        | from  | 2024-08-01 |
        | up to | 2024-09-01 |
        | MW    | 0.5        |
        | price | 12.34      |
        | to    | FIN2       |
      Then it is refused with SER0030, "collateral of CCA2 is short by"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
      When the operator enters 5000000.00 USD as the collateral of CCA2
      And CCA2 offers the CRR for sale:
        | field | value      |
        | from  | 2024-08-01 |
        | up to | 2024-09-01 |
        | MW    | 0.5        |
        | price | 12.34      |
        | to    | FIN2       |
      Then it is answered PENDING_MP_RESPONSE
