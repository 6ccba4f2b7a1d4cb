@CRR-MSS
Feature: The Market Sim month, from Tuesday of week 1 to Friday of week 3
  The calendar of the operator's Market Sim as those live it who take part: windows open and close,
  results are posted, the auction is settled. The scenarios follow the calendar; each goes on where
  the one before it ended, because the clock only goes forward.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at    |
      | LSEP        | LSE       | DLAP_PGAE-APND    |
      | LSES        | LSE       | DLAP_SCE-APND     |
      | CCA1        | CCA       | DLAP_PGAE-APND    |
      | CCA3        | CCA       | DLAP_SDGE-APND    |
      | OBA1        | OBAALSE   | PALOVRDE_ASR-APND |
      | GEN1        | GENERATOR |                   |
      | FIN1        | TRADER    |                   |
      | FIN6        | TRADER    |                   |

  Rule: What participants need is there before the first window opens

    @CRR-MSS-001
    Scenario: The preloaded data are posted on the first Tuesday
      Exit criterion: Participants can download the model, the locations and their existing CRRs.
      Given it is Tuesday of week 1 at 06:59
      And no cap is posted for "ALLOC_MN_2024_M04_T1"
      When it is Tuesday of week 1 at 07:00
      Then everybody has the message "[ Post all preloaded data]"
      And everybody can download:
        | file                                                      |
        | PUBLIC_EXISTING_CRR.csv                                   |
        | ALLOC_MN_2024_M04_T1/ALLOC_MN_2024_M04_T1_SOURCE_SINK.csv |
        | AUC_MN_2024_M04/AUC_MN_2024_M04_SOURCE_SINK.csv           |
        | AUC_AN_2025/AUC_AN_2025_SOURCE_SINK.csv                   |
      And each holder can download its own CRRs and nobody else's
      And every load-serving entity has its MEQ and its cap for "ALLOC_MN_2024_M04_T1"

  Rule: A market takes submissions while its window is open, and at no other time

    @CRR-MSS-002
    Scenario: Nobody submits before tier 1 opens
      Exit criterion: An early portfolio may be saved; submitting it is refused with MKT0004.
      Given it is Tuesday of week 1 at 08:59
      And the market "ALLOC_MN_2024_M04_T1" is in state PREP
      And OBA1 has no portfolio "too early" in "ALLOC_MN_2024_M04_T1"
      When OBA1 nominates in "ALLOC_MN_2024_M04_T1" as "too early":
        | source         | sink              | period   | TOU | MW |
        | DIABLO1_7_N001 | PALOVRDE_ASR-APND | 2024_M04 | ON  | 5  |
      Then it is refused with MKT0004, "the submission window of market ALLOC_MN_2024_M04_T1 is closed"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
      When OBA1 deletes the portfolio "too early" of "ALLOC_MN_2024_M04_T1"
      Then it is answered DELETED
      And OBA1 has no portfolio "too early" in "ALLOC_MN_2024_M04_T1"

    @CRR-MSS-003
    Scenario: Tier 1 opens and takes a nomination
      Exit criterion: The market is OPEN and takes portfolios of nominations.
      When it is Tuesday of week 1 at 09:00
      Then the market "ALLOC_MN_2024_M04_T1" is in state OPEN
      And the window of "ALLOC_MN_2024_M04_T1" closes on Tuesday of week 1 at 17:00
      When CCA3 nominates in "ALLOC_MN_2024_M04_T1" as "April hedge":
        | source         | sink           | period   | TOU | MW |
        | MISSION_7_N001 | DLAP_SDGE-APND | 2024_M04 | ON  | 5  |
        | MISSION_7_N001 | DLAP_SDGE-APND | 2024_M04 | OFF | 4  |
      Then it is answered SUBMITTED
      And the portfolio "April hedge" of CCA3 in "ALLOC_MN_2024_M04_T1" is SUBMITTED

    @CRR-MSS-004
    Scenario: A submitted portfolio can be taken back while the window is open
      Exit criterion: What is retracted does not count, and what is deleted is gone.
      Given it is Tuesday of week 1 at 09:01
      When CCA1 nominates in "ALLOC_MN_2024_M04_T1" as "second thoughts":
        | source         | sink           | period   | TOU | MW |
        | TESLA_7_N001   | DLAP_PGAE-APND | 2024_M04 | ON  | 10 |
      Then it is answered SUBMITTED
      When CCA1 retracts the portfolio "second thoughts" of "ALLOC_MN_2024_M04_T1"
      Then it is answered VALID
      When CCA1 deletes the portfolio "second thoughts" of "ALLOC_MN_2024_M04_T1"
      Then CCA1 has no portfolio "second thoughts" in "ALLOC_MN_2024_M04_T1"

    @CRR-MSS-005
    Scenario: Who serves no load is allocated nothing
      Exit criterion: The trader's nomination is refused and leaves no trace.
      Given it is Tuesday of week 1 at 09:02
      When FIN1 nominates in "ALLOC_MN_2024_M04_T1" as "free ride":
        | source         | sink           | period   | TOU | MW |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 5  |
      Then it is refused with SEC0001, "no privilege to WRITE nomination"
      And nothing in the market has changed

    @CRR-MSS-006
    Scenario: Tier 1 closes by 5pm and a late nomination is refused
      Exit criterion: The market is CLOSED and refuses further submissions.
      Given it is Tuesday of week 1 at 16:59
      And the market "ALLOC_MN_2024_M04_T1" is in state OPEN
      When it is Tuesday of week 1 at 17:00
      Then the market "ALLOC_MN_2024_M04_T1" is in state CLOSED
      When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "too late":
        | source         | sink           | period   | TOU | MW |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 5  |
      Then it is refused with MKT0004, "the submission window of market ALLOC_MN_2024_M04_T1 is closed"
      And nothing in the market has changed
      And LSEP has no portfolio "too late" in "ALLOC_MN_2024_M04_T1"

  Rule: Nobody sees results before they are posted

    @CRR-MSS-007
    Scenario: Tier 1 is cleared on Tuesday evening, its results are out on Wednesday
      Exit criterion: Participants can download their own and the public results.
      Given it is Tuesday of week 1 at 18:00
      And no result of "ALLOC_MN_2024_M04_T1" can be downloaded
      Then no award of "ALLOC_MN_2024_M04_T1" is a CRR yet
      When it is Wednesday of week 1 at 09:00
      Then the market "ALLOC_MN_2024_M04_T1" is in state POSTED
      And the results of "ALLOC_MN_2024_M04_T1" can be downloaded, each private one by its owner
      And no result of "ALLOC_MN_2024_M04_T2" can be downloaded

  Rule: An allocation gives at most what was asked for, and at most the cap

    @CRR-MSS-008
    Scenario: The awards of tier 1 are CRRs in the inventory
      Exit criterion: Every award is owned, none is above its nomination or its cap.
      Given it is Wednesday of week 1 at 09:00
      Then no award in "ALLOC_MN_2024_M04_T1" is above what was asked for
      And nobody is awarded more than its cap in "ALLOC_MN_2024_M04_T1"
      And each purchase or award of "ALLOC_MN_2024_M04_T1" is a CRR of its owner, to the last MW
      And CCA3 owns from "ALLOC_MN_2024_M04_T1" at most:
        | source         | sink           | TOU | MW |
        | MISSION_7_N001 | DLAP_SDGE-APND | ON  | 5  |
        | MISSION_7_N001 | DLAP_SDGE-APND | OFF | 4  |
      And the awards of "ALLOC_MN_2024_M04_T1" keep every limit that they use up

    @CRR-MSS-009
    Scenario: The MEQ is posted before tier 2 opens
      Exit criterion: Each load-serving entity knows what it may still nominate at each sink.
      Given it is Wednesday of week 1 at 09:59
      And no cap is posted for "ALLOC_MN_2024_M04_T2"
      When it is Wednesday of week 1 at 10:00
      Then every load-serving entity has its MEQ and its cap for "ALLOC_MN_2024_M04_T2"
      And a cap of "ALLOC_MN_2024_M04_T2" is what "ALLOC_MN_2024_M04_T1" left of the MEQ

    @CRR-MSS-010
    Scenario: The set-aside is posted before tier 2 opens
      Exit criterion: The intertie capacity kept for the auction is known before Tier 2 opens.
      Given it is Wednesday of week 1 at 11:59
      And no set-aside is posted for "ALLOC_MN_2024_M04_T2"
      When it is Wednesday of week 1 at 12:00
      Then half of what is left of each intertie is set aside in "ALLOC_MN_2024_M04_T2"
      And everybody can download:
        | file                                                    |
        | ALLOC_MN_2024_M04_T2/ALLOC_MN_2024_M04_T2_SET_ASIDE.csv |
      And the market "ALLOC_MN_2024_M04_T2" is in state PREP

    @CRR-MSS-011
    Scenario: A nomination over the cap is refused at submission
      Exit criterion: The refusal names the total and the cap; the nomination does not count.
      Given it is Thursday of week 1 at 09:00
      And the market "ALLOC_MN_2024_M04_T2" is in state OPEN
      When LSEP nominates in "ALLOC_MN_2024_M04_T2" as "one step over":
        | source         | sink           | period   | TOU | MW              |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | its cap         |
        | TESLA_7_N001   | DLAP_PGAE-APND | 2024_M04 | ON  | 0.001           |
      Then it is answered INVALID
      And it names the total nominated and the cap
      And what counts in the market is what counted before
      When LSEP nominates in "ALLOC_MN_2024_M04_T2" as "the whole cap":
        | source         | sink           | period   | TOU | MW      |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | its cap |
      Then it is answered SUBMITTED
      When LSEP retracts the portfolio "the whole cap" of "ALLOC_MN_2024_M04_T2"
      Then the portfolio "the whole cap" of LSEP in "ALLOC_MN_2024_M04_T2" is VALID

    @CRR-MSS-012
    Scenario: Tier 2 gives what tier 1 left
      Exit criterion: Both tiers together stay within the MEQ.
      Given it is Thursday of week 1 at 17:00
      And the market "ALLOC_MN_2024_M04_T2" is in state CLOSED
      When it is Friday of week 1 at 09:00
      Then the market "ALLOC_MN_2024_M04_T2" is in state POSTED
      And no award in "ALLOC_MN_2024_M04_T2" is above what was asked for
      And nobody is awarded more than its cap in "ALLOC_MN_2024_M04_T2"
      And nobody is awarded more than its MEQ in "ALLOC_MN_2024_M04_T1" and "ALLOC_MN_2024_M04_T2" together
      And each purchase or award of "ALLOC_MN_2024_M04_T2" is a CRR of its owner, to the last MW

  Rule: Everybody is told what the operator does next

    @CRR-MSS-013
    Scenario: Process ownership is sent before the auction's day begins
      Exit criterion: Each participant knows who owns which process, and when the call is.
      Given it is Tuesday of week 2 at 06:59
      And nobody has the message "[Send process ownership data]"
      And nobody has the message "Market Sim call to discuss T1&T2"
      When it is Tuesday of week 2 at 08:00
      Then everybody has the message "[Send process ownership data]"
      And everybody has the message "Market Sim call to discuss T1&T2"

  Rule: Who bids must have the collateral

    @CRR-MSS-014
    Scenario: Collateral is verified before the monthly auction opens
      Exit criterion: Each participant knows whether its collateral lets it in.
      Given it is Tuesday of week 2 at 08:29
      And no collateral is verified for "AUC_MN_2024_M04"
      When it is Tuesday of week 2 at 08:30
      Then collateral is verified for "AUC_MN_2024_M04":
        | participant | verdict |
        | FIN1        | passed  |
        | GEN1        | passed  |
        | FIN6        | failed  |
      And in "AUC_MN_2024_M04" exactly those fail who have less than 100000 USD

    @CRR-MSS-015
    Scenario: A bid without the collateral for it is rejected
      Exit criterion: The portfolio is rejected with the credit it needs and does not count.
      Given it is Tuesday of week 2 at 09:00
      And the market "AUC_MN_2024_M04" is in state OPEN
      When FIN6 bids in "AUC_MN_2024_M04" as "on credit":
        | source         | sink           | period   | TOU | curve                    |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 0 MW at 300, 1 MW at 300 |
      Then it is answered REJECTED
      And the refusal says what was found, what is allowed and what to do
      And what counts in the market is what counted before

  Rule: A bid that breaks a rule is refused with the rule's own words, and nothing changes

    @CRR-MSS-016
    Scenario Outline: The auction refuses <what is wrong>
      Exit criterion: The bid is refused at once and leaves no trace.
      Given it is Tuesday of week 2 at 09:01
      And GEN1 has no portfolio "<what is wrong>" in "AUC_MN_2024_M04"
      When GEN1 bids in "AUC_MN_2024_M04" as "<what is wrong>":
        | source   | sink   | hedge   | period   | TOU | curve   |
        | <source> | <sink> | <hedge> | 2024_M04 | ON  | <curve> |
      Then it is refused with SER0030, "<reason>"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
      And GEN1 has no portfolio "<what is wrong>" in "AUC_MN_2024_M04"

      Examples:
        | what is wrong    | source         | sink           | hedge | curve                                   | reason                              | comment                                     |
        | a rising curve   | ROUNDMT_7_N001 | DLAP_PGAE-APND | OBL   | 0 MW at 200, 10 MW at 250               | the prices of a buy curve rise      | a buyer gives less for more, or as much     |
        | a forbidden pair | DLAP_PGAE-APND | ROUNDMT_7_N001 | OBL   | 0 MW at 200, 10 MW at 150               | is not biddable                     | supply is not delivered from a load zone    |
        | a late start     | ROUNDMT_7_N001 | DLAP_PGAE-APND | OBL   | 1 MW at 200, 10 MW at 150               | the curve does not start at 0 MW    | the first MW need a price too               |
        | falling MW       | ROUNDMT_7_N001 | DLAP_PGAE-APND | OBL   | 0 MW at 200, 9 MW at 180, 5 MW at 150   | the MW fall along the curve         | points come in order of MW                  |
        | half a kilowatt  | ROUNDMT_7_N001 | DLAP_PGAE-APND | OBL   | 0 MW at 200, 10.0005 MW at 150          | not in the allowed steps            | MW come in steps of 0.001                   |
        | an unknown place | NOWHERE_7_N001 | DLAP_PGAE-APND | OBL   | 0 MW at 200, 10 MW at 150               | is not on the source/sink list      | the list is in the preloaded data           |
        | an option        | ROUNDMT_7_N001 | DLAP_PGAE-APND | OPT   | 0 MW at 200, 10 MW at 150               | this hedge type cannot be bought    | only obligations are sold in these auctions |

  Rule: Everybody in an auction is content with the price

    @CRR-MSS-017
    Scenario: A trader bids in the monthly auction, which closes by 5pm
      Exit criterion: The market is CLOSED and refuses further submissions.
      Given it is Tuesday of week 2 at 09:02
      When FIN1 bids in "AUC_MN_2024_M04" as "a view on April":
        | source           | sink          | period   | TOU | curve                                    |
        | DIABLO1_7_N001   | DLAP_SCE-APND | 2024_M04 | ON  | 0 MW at 900, 10 MW at 700, 20 MW at 100  |
        | TH_NP15_GEN-APND | MALIN_5_N101  | 2024_M04 | OFF | 0 MW at -50, 5 MW at -80                 |
      Then it is answered SUBMITTED
      When it is Tuesday of week 2 at 17:00
      Then the market "AUC_MN_2024_M04" is in state CLOSED
      When FIN1 retracts the portfolio "a view on April" of "AUC_MN_2024_M04"
      Then it is refused with NOM0129, "the submission window of market AUC_MN_2024_M04 is closed"
      And nothing in the market has changed

    @CRR-MSS-018
    Scenario: The results of the monthly auction are posted on Wednesday
      Exit criterion: Participants can download the results and the clearing prices.
      Given it is Tuesday of week 2 at 18:00
      And no result of "AUC_MN_2024_M04" can be downloaded
      When it is Wednesday of week 2 at 09:00
      Then the results of "AUC_MN_2024_M04" can be downloaded, each private one by its owner
      And everybody can download:
        | file                                               |
        | AUC_MN_2024_M04/AUC_MN_2024_M04_CLEARING_PRICE.csv |
      And every path in "AUC_MN_2024_M04" costs the price of its source less that of its sink
      And no award in "AUC_MN_2024_M04" is above what was asked for
      And no buyer in "AUC_MN_2024_M04" pays more than the price it bid for its last MW
      And no buyer in "AUC_MN_2024_M04" that got nothing had bid more than the price
      And no seller in "AUC_MN_2024_M04" gets less than the price it offered for its last MW
      And nobody in "AUC_MN_2024_M04" sells more than it owned
      And what was sold in "AUC_MN_2024_M04" has left its sellers, to the last MW
      And each purchase or award of "AUC_MN_2024_M04" is a CRR of its owner, to the last MW

    @CRR-MSS-019
    Scenario: The posted results start the settlements
      Exit criterion: Participants know the first trading day and the day of its statements.
      Given it is Wednesday of week 2 at 09:59
      And no statement is out
      When it is Wednesday of week 2 at 10:00
      Then everybody has the message "Settlement T+3B"
      And the first trading day is the day after "AUC_MN_2024_M04" was posted

  Rule: Priority nominations repeat what was allocated a year before

    @CRR-MSS-020
    Scenario: The annual data are posted on their own
      Exit criterion: Each load-serving entity sees its signature pairs, upper bounds and SEQ.
      Given it is Thursday of week 2 at 06:59
      And no signature pair is posted for "ALLOC_AN_2025_PNP"
      When it is Thursday of week 2 at 07:00
      Then every load-serving entity has its SEQ and its cap for "ALLOC_AN_2025_PNP"
      And the signature pairs of "ALLOC_AN_2025_PNP" are what was allocated a year before

    @CRR-MSS-021
    Scenario: A priority nomination off the signature pairs is refused
      Exit criterion: The nomination is INVALID, says why, and does not count.
      Given it is Thursday of week 2 at 09:00
      And the market "ALLOC_AN_2025_PNP" is in state OPEN
      When LSES nominates in "ALLOC_AN_2025_PNP" as "a new idea":
        | source       | sink          | period   | TOU | MW |
        | MALIN_5_N101 | DLAP_SCE-APND | 2025_S01 | ON  | 1  |
      Then it is answered INVALID
      And the reason is "is no signature pair"
      And what counts in the market is what counted before

    @CRR-MSS-022
    Scenario: The priority awards are on signature pairs
      Exit criterion: Participants can download their own and the public results.
      Given it is Thursday of week 2 at 17:00
      And the market "ALLOC_AN_2025_PNP" is in state CLOSED
      When it is Friday of week 2 at 09:00
      Then the market "ALLOC_AN_2025_PNP" is in state POSTED
      And every award of "ALLOC_AN_2025_PNP" is on a signature pair, within its MW
      And nobody is awarded more than its cap in "ALLOC_AN_2025_PNP"
      And each purchase or award of "ALLOC_AN_2025_PNP" is a CRR of its owner, to the last MW

  Rule: Statements come three business days after the trading day, and no cent is lost

    @CRR-MSS-023
    Scenario: The first statements are out on Tuesday of week 3
      Exit criterion: Holders have the statements of the first trading day.
      Given it is Tuesday of week 3 at 08:29
      And no statement is out
      And no collateral is verified for "AUC_AN_2025"
      When it is Tuesday of week 3 at 10:00
      Then everybody has the message "Settlement results available"
      And the first statements are for the trading day Thursday of week 2, 3 business days before
      And every holder of a CRR in force has a statement for each settled day

    @CRR-MSS-024
    Scenario: A statement says what congestion made of the CRRs
      Exit criterion: Everybody can recompute its payment from published prices and factors.
      Given it is Tuesday of week 3 at 10:00
      Then each hourly payment is the CRR's MW times the congestion between its source and its sink, as "AUC_MN_2024_M04" mapped them
      And no adjustment of a trading day gives anybody money
      And what holders are paid is the hourly payments and the adjustments, day by day
      And buyers pay and sellers get the clearing price of "AUC_MN_2024_M04", to the cent
      And the money of all parties and the balancing account adds up to 0.00 USD

  Rule: The annual auction stays open overnight

    @CRR-MSS-025
    Scenario: The annual auction opens on Tuesday with its own collateral check
      Exit criterion: The market is OPEN and takes portfolios of bids and offers.
      Given it is Tuesday of week 3 at 10:00
      Then in "AUC_AN_2025" exactly those fail who have less than 500000 USD
      And the market "AUC_AN_2025" is in state OPEN
      And the window of "AUC_AN_2025" closes on Wednesday of week 3 at 17:00

    @CRR-MSS-026
    Scenario: The annual auction closes by 5pm on Wednesday
      Exit criterion: The market is CLOSED and refuses further submissions.
      Given it is Wednesday of week 3 at 16:59
      And the market "AUC_AN_2025" is in state OPEN
      When it is Wednesday of week 3 at 17:00
      Then the market "AUC_AN_2025" is in state CLOSED
      When FIN1 bids in "AUC_AN_2025" as "five past five":
        | source         | sink           | period   | TOU | curve                      |
        | DIABLO1_7_N001 | DLAP_SCE-APND  | 2025_S03 | ON  | 0 MW at 3000, 1 MW at 3000 |
      Then it is refused with MKT0004, "the submission window of market AUC_AN_2025 is closed"
      And nothing in the market has changed

    @CRR-MSS-027
    Scenario: The reports on Thursday hold no results that are not posted
      Exit criterion: Every report of the markets posted so far can be downloaded.
      When it is Thursday of week 3 at 09:00
      Then everybody has the message "UAT – post all Reports"
      And the results of "AUC_MN_2024_M04" can be downloaded, each private one by its owner
      And the results of "ALLOC_AN_2025_PNP" can be downloaded, each private one by its owner
      And no result of "AUC_AN_2025" can be downloaded

    @CRR-MSS-028
    Scenario: The results of the annual auction are posted on Friday
      Exit criterion: Participants can download the results and the clearing prices.
      When it is Friday of week 3 at 09:00
      Then the market "AUC_AN_2025" is in state POSTED
      And every path in "AUC_AN_2025" costs the price of its source less that of its sink
      And no award in "AUC_AN_2025" is above what was asked for
      And no buyer in "AUC_AN_2025" pays more than the price it bid for its last MW
      And no buyer in "AUC_AN_2025" that got nothing had bid more than the price
      And no seller in "AUC_AN_2025" gets less than the price it offered for its last MW
      And nobody in "AUC_AN_2025" sells more than it owned
      And what was sold in "AUC_AN_2025" has left its sellers, to the last MW
      And each purchase or award of "AUC_AN_2025" is a CRR of its owner, to the last MW

    @CRR-MSS-029
    Scenario: The three structured weeks leave books that balance and a journal that holds
      Exit criterion: The residual is 0.00 USD and the journal's chain is whole.
      Given it is Friday of week 3 at 17:00
      Then the money of all parties and the balancing account adds up to 0.00 USD
      And the journal holds every step from the first to the last
