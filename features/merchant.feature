Feature: Merchant transmission
  A sponsor who builds a line at its own cost, without regulated cost recovery, gets the rights that
  the line adds: what is feasible with it less what was feasible without it, over the same
  encumbrances, on the pairs that the sponsor elects.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at |
      | GEN1        | GENERATOR |                |
      | GEN4        | GENERATOR |                |

  Rule: A new line need not add transfer capability

    @CRR-MTC-001
    Scenario: A line of equal reactance and half the limit takes half the flow, and adds nothing
      Exit criterion: The old line's limit binds at twice its flow as the new one's does: 0 MW.
      Given it is Monday of week 1 at 16:00
      When OPERATOR enters the facility "Lighthipe A" of GEN1, in service from 2024-08-01 for 20 years:
        | line                | reactance in pu | limit in MW |
        | 2408-2407 circuit 2 | 0.0127          | 1100        |
      And GEN1 elects:
        | source         | sink           | hedge |
        | MESACAL_7_N001 | MLAP_VERN-APND | OBL   |
      Then it is answered AWARDED
      And it adds:
        | source         | sink           | hedge | TOU | MW    |
        | MESACAL_7_N001 | MLAP_VERN-APND | OBL   | ON  | 0.000 |
        | MESACAL_7_N001 | MLAP_VERN-APND | OBL   | OFF | 0.000 |
      And GEN1 has 0 CRRs of type MT with 0 MW each

  Rule: What a line adds is its sponsor's for the facility's life, thirty years at most

    @CRR-MTC-002
    Scenario: A line of twice the reactance of what is there takes a third of the flow and adds 200 MW
      Exit criterion: One right for each time of use, up to the thirtieth year, from SYSTEM.
      Given it is Monday of week 1 at 16:01
      When OPERATOR enters the facility "Lighthipe B" of GEN4, in service from 2024-08-01 for 40 years:
        | line                | reactance in pu | limit in MW |
        | 2408-2407 circuit 3 | 0.0127          | 800         |
      And GEN4 elects:
        | source         | sink           | hedge |
        | MESACAL_7_N001 | MLAP_VERN-APND | OPT   |
      Then it is answered AWARDED
      And it adds:
        | source         | sink           | hedge | TOU | MW      |
        | MESACAL_7_N001 | MLAP_VERN-APND | OPT   | ON  | 200.000 |
        | MESACAL_7_N001 | MLAP_VERN-APND | OPT   | OFF | 200.000 |
      And GEN4 has 2 CRRs of type MT with 200 MW each
      And the CRRs of type MT of GEN4 run from 2024-08-01 up to 2054-08-01
      And GEN4 finds in its "CRR_LINEAGE_GEN4.csv":
        | Event | AssetOwner | MW      | MarketName |
        | BUILT | GEN4       | 200.000 | SYSTEM     |
      And everybody can download:
        | file                      |
        | MERCHANT_TRANSMISSION.csv |

  Rule: What cannot be built gives nothing

    @CRR-MTC-003
    Scenario: A circuit that is there already, and a pair that leads nowhere
      Exit criterion: All faults come back together; there is no facility and no right.
      Given it is Monday of week 1 at 16:02
      When OPERATOR enters the facility "Lighthipe C" of GEN4, in service from 2024-08-01 for 40 years:
        | line                | reactance in pu | limit in MW |
        | 2408-2407 circuit 1 | 0.0254          | 800         |
      And GEN4 elects:
        | source         | sink           | hedge |
        | MESACAL_7_N001 | MESACAL_7_N001 | OBL   |
      Then it is refused with SER0030, "is there already"
      And it is refused with SER0030, "source and sink are one"
      And the refusal says what was found, what is allowed and what to do
      And nothing in the market has changed
