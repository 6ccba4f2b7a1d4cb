Feature: Credit
  Who bids must be able to pay for the worst that its bids and its CRRs can cost it.

  Background:
    Given the calendar "market-sim" is played with seed 1

  Rule: What may be bid with is the collateral less what it takes to hold one's CRRs

    @CRR-CRD-001
    Scenario: Rights that are held already take a part of the collateral
      Exit criterion: Nobody bids with money that its CRRs may still cost.
      Given it is Tuesday of week 2 at 09:00
      Then in "AUC_MN_2024_M04" everybody may bid with its collateral less what holding its CRRs takes

  Rule: A portfolio counts only while the collateral covers it

    @CRR-CRD-002
    Scenario: A participant that falls short is told so, and what it submitted counts no more
      Exit criterion: The operator's check leaves only covered portfolios in the auction.
      Given it is Tuesday of week 2 at 09:01
      When the operator enters 100000.00 USD as the collateral of FIN6
      And FIN6 bids in "AUC_MN_2024_M04" as "covered":
        | source         | sink           | period   | TOU | curve                    |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 0 MW at 300, 1 MW at 300 |
      Then it is answered SUBMITTED
      When the operator enters 50000.00 USD as the collateral of FIN6
      And the operator verifies the collateral for "AUC_MN_2024_M04"
      Then FIN6 is short of 50000.00 USD for "AUC_MN_2024_M04"
      And nothing of FIN6 counts in "AUC_MN_2024_M04"
      And FIN6 has the private message "AUC_MN_2024_M04 collateral of FIN6 is short by 50000.00 USD"

    @CRR-CRD-003
    Scenario: With enough collateral again the same portfolio may be submitted
      Exit criterion: The portfolio was kept; nothing has to be entered twice.
      Given it is Tuesday of week 2 at 09:02
      When FIN6 submits the portfolio "covered" of "AUC_MN_2024_M04"
      Then it is answered REJECTED
      And the refusal says what was found, what is allowed and what to do
      When the operator enters 100000.00 USD as the collateral of FIN6
      And FIN6 submits the portfolio "covered" of "AUC_MN_2024_M04"
      Then it is answered SUBMITTED

    @CRR-CRD-004
    Scenario: One cent less than the floor is too little
      Exit criterion: The floor of a monthly auction is 100,000 USD, to the cent.
      Given it is Tuesday of week 2 at 09:03
      When the operator enters 99999.99 USD as the collateral of FIN6
      And the operator verifies the collateral for "AUC_MN_2024_M04"
      Then FIN6 is short of 0.01 USD for "AUC_MN_2024_M04"
      And nothing of FIN6 counts in "AUC_MN_2024_M04"

    @CRR-CRD-005
    Scenario: Only the operator enters collateral
      Exit criterion: The account is as it was.
      Given it is Tuesday of week 2 at 09:04
      When FIN6 enters 1000000.00 USD as its own collateral
      Then it is refused with SEC0001, "no privilege"
      And nothing in the market has changed

  Rule: Who passed and who did not is told with the figures

    @CRR-CRD-006
    Scenario: The operator has the whole list, each participant its own line
      Exit criterion: A participant that fell short knows by how much; nobody knows it of another.
      Given it is Tuesday of week 2 at 09:05
      When the operator verifies the collateral for "AUC_MN_2024_M04"
      Then OPERATOR finds in its "COLLATERAL_VERIFIED.csv":
        | MarketName      | Participant | Result     |
        | AUC_MN_2024_M04 | FIN1        | PASSED     |
        | AUC_MN_2024_M04 | FIN6        | NOT_PASSED |
      And FIN6 finds in its "COLLATERAL_VERIFIED_FIN6.csv":
        | MarketName      | ShortUSD | Result     |
        | AUC_MN_2024_M04 | 0.01     | NOT_PASSED |
      And FIN1 finds nothing of FIN6 in its "COLLATERAL_VERIFIED_FIN1.csv"
