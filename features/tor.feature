Feature: Conversion of ownership rights
  The holder of a transmission ownership right turns a part of it into CRRs of somebody else, who
  has to agree; both do it themselves, each in its own window.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at |
      | MUNI02      | MUNICIPAL | MLAP_ANHM-APND |
      | FIN1        | TRADER    |                |
      | FIN2        | TRADER    |                |

  Rule: Conversions stay within the right, and both sides act in their own window

    @CRR-TOR-001
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

    @CRR-TOR-002
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

    @CRR-TOR-003
    Scenario: What was approved is a CRR of its transferee
      Exit criterion: The inventory holds what was approved and nothing else.
      Given it is Monday of week 2 at 10:00
      Then FIN2 has 1 CRRs of type MT_TOR with 7 MW each
      And FIN2 finds in its "CRR_LINEAGE_FIN2.csv":
        | Event     | AssetOwner | MW    | MarketName |
        | CONVERTED | FIN2       | 7.000 | SYSTEM     |
