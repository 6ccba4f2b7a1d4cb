@CRR-MODEL
Feature: The model of a market's period, as the operator releases it
  The list of sources and sinks comes out in versions: v0 before the allocation, v1 before the
  auction, and updates inside the market period. Outages count when they were reported in time; a
  location that an outage cuts off can only be sold from, a retired one goes on as its neighbour.

  Background:
    Given the calendar "market-sim" is played with seed 1

  Rule: The list of sources and sinks comes out in versions that say what changed

    @CRR-MODEL-001
    Scenario: Version 0 is there with the preloaded data, version 1 is not
      Exit criterion: Participants can download v0 of the list.
      When it is Tuesday of week 1 at 07:00
      Then version 0 of the list of "ALLOC_MN_2024_M04_T1" is out
      Given version 1 of the list of "AUC_MN_2024_M04" is not out

    @CRR-MODEL-002
    Scenario: Version 1 comes before the auction opens and names its changes
      Exit criterion: Participants see who was added, removed or changed since v0, and why.
      When it is Tuesday of week 2 at 09:00
      Then version 1 of the list of "AUC_MN_2024_M04" says what changed:
        | location         | change  | reason                                             |
        | METCALF_7_N001   | CHANGED | is islanded by the outage of 3303-3333 circuit 1   |
        | MORROBAY_7_N001  | REMOVED | retired, replaced by MIDWAY_7_N001                 |
        | SUMMIT_7_N001    | CHANGED | is islanded by the outage of 3701-3731 circuit 1   |
        | TH_NP15_GEN-APND | CHANGED | its bus 3333 is islanded by the outage of 3303-3333 circuit 1 |
        | TH_ZP26_GEN-APND | CHANGED | without the bus of MORROBAY_7_N001, which is retired |

  Rule: The base loading of a retired location is that of the closest of its kind

    @CRR-MODEL-003
    Scenario: CRRs from a retired node load the auction's model at its replacement
      Exit criterion: The mapping is published and nobody's base loading names the retired node.
      Then "MORROBAY_7_N001" is replaced by "MIDWAY_7_N001" in "AUC_MN_2024_M04"
      And CCA4 holds in "AUC_MN_2024_M04" a CRR from "MIDWAY_7_N001" to "DLAP_PGAE-APND", which its inventory has from "MORROBAY_7_N001"

    @CRR-MODEL-004
    Scenario Outline: Nobody buys at <source>
      Exit criterion: The refusal names the outage, or the replacement.
      Given it is Tuesday of week 2 at 09:01
      When GEN1 bids in "AUC_MN_2024_M04" as "from <source>":
        | source   | sink           | period   | TOU | curve                  |
        | <source> | DLAP_PGAE-APND | 2024_M04 | ON  | 0 MW at 10, 1 MW at 10 |
      Then it is refused with SER0030, "<reason>"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed

      Examples:
        | source          | reason                                           |
        | METCALF_7_N001  | is islanded by the outage of 3303-3333 circuit 1 |
        | SUMMIT_7_N001   | is islanded by the outage of 3701-3731 circuit 1 |
        | MORROBAY_7_N001 | retired, replaced by MIDWAY_7_N001               |

    @CRR-MODEL-005
    Scenario: Who holds a CRR at an islanded location may offer it
      Exit criterion: The offer counts.
      When FIN5 offers its CRR from "SUMMIT_7_N001" in "AUC_MN_2024_M04" as "out of Summit"
      Then it is answered SUBMITTED

    @CRR-MODEL-006
    Scenario Outline: Where nothing loads the model an islanded location is closed: <transaction>
      Exit criterion: Offers are refused as purchases are, and the refusal names the outage.
      Given the calendar "market-sim" is played with seed 1 and 2407-2408 circuit 1 out in "2024_M04"
      And it is Tuesday of week 2 at 09:01
      When FIN5 bids in "AUC_MN_2024_M04" as "into Vernon":
        | transaction   | source       | sink           | period   | TOU | CRR   | curve                |
        | <transaction> | TESLA_7_N001 | MLAP_VERN-APND | 2024_M04 | ON  | <CRR> | 0 MW at 1, 1 MW at 1 |
      Then it is refused with SER0030, "MLAP_VERN-APND is islanded by the outage of 2407-2408 circuit 1"
      And nothing in the market has changed

      Examples:
        | transaction | CRR     |
        | SELL        | 9999999 |
        | BUY         |         |

  Rule: What is out for part of a month lowers the limit, what is out for all of it is gone

    @CRR-MODEL-007
    Scenario: The published case of the auction has the limits of the period
      Exit criterion: The 30-day rule and the hours of each outage can be read from the case.
      When it is Wednesday of week 2 at 09:00
      Then the case of "AUC_MN_2024_M04" has these limits:
        | product      | branch      | rating A | in service |
        | 2024_M04_ON  | 3803-3901-1 | 2138.00  | no         |
        | 2024_M04_ON  | 2400-2403-1 | 1730.77  | yes        |
        | 2024_M04_OFF | 2400-2403-1 | 1894.74  | yes        |
        | 2024_M04_ON  | 2202-2203-1 | 784.62   | yes        |

  Rule: Updates come out inside the market period

    @CRR-MODEL-008
    Scenario: An outage that is given up connects its location again
      Exit criterion: Participants see what changed since v1.
      When it is Tuesday of week 4 at 09:00
      Then version 2 of the list of "AUC_MN_2024_M04" says what changed:
        | location         | change  | reason          |
        | SUMMIT_7_N001    | CHANGED | SUMMIT_7_N001 is connected again |
        | TH_NP15_GEN-APND | CHANGED | its bus 3731 is connected again  |
