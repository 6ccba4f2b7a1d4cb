Feature: The inventory
  The life of a CRR is one story, which its holder can follow: where it came from, and what was cut
  off, traded, migrated or moved.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role   | serves load at |
      | LSEP        | LSE    | DLAP_PGAE-APND |
      | LSES        | LSE    | DLAP_SCE-APND  |
      | CCA2        | CCA    | DLAP_SCE-APND  |
      | FIN1        | TRADER |                |
      | FIN2        | TRADER |                |
      | FIN3        | TRADER |                |

  Rule: A story begins with where the CRR came from

    @CRR-INV-001
    Scenario: What was there from the start says so
      Exit criterion: Each holder finds its own CRRs, and nobody else's.
      Given it is Tuesday of week 1 at 09:00
      Then FIN1 finds in its "CRR_LINEAGE_FIN1.csv":
        | Event     | AssetOwner |
        | PRELOADED | FIN1       |
      And FIN1 finds nothing of FIN3 in its "CRR_LINEAGE_FIN1.csv"

    @CRR-INV-002
    Scenario: What was allocated names its market
      Exit criterion: The holder sees which market the CRR is from.
      Given it is Wednesday of week 1 at 09:00
      Then LSEP finds in its "CRR_LINEAGE_LSEP.csv":
        | Event     | AssetOwner | MarketName           |
        | ALLOCATED | LSEP       | ALLOC_MN_2024_M04_T1 |

    @CRR-INV-003
    Scenario: What followed the load names the migration and the CRR that it is a share of
      Exit criterion: The gainer sees whose CRR its own is a share of.
      Given it is Monday of week 2 at 10:00
      Then CCA2 finds in its "CRR_LINEAGE_CCA2.csv":
        | Event     | AssetOwner | MarketName              |
        | PRELOADED | LSES       |                         |
        | MIGRATED  | CCA2       | LOAD_MIGRATION_2024_M05 |

  Rule: What is cut and traded is told to both sides, and to nobody else

    @CRR-INV-004
    Scenario: The buyer finds its piece and what it was cut from
      Exit criterion: Both pieces lead back to one CRR.
      Given it is Monday of week 2 at 12:00
      And FIN1 holds a CRR for "2024_S03"
      When FIN1 offers the CRR for sale:
        | field | value      |
        | from  | 2024-08-01 |
        | up to | 2024-09-01 |
        | MW    | 0.5        |
        | price | 12.34      |
        | to    | FIN2       |
      And FIN2 accepts the offer
      And the operator checks the credit of the trade
      Then it is answered APPROVED
      And the life of the CRR is one story
      And FIN2 finds in its "CRR_LINEAGE_FIN2.csv":
        | Event       | AssetOwner | MW    | MarketName       |
        | TRANSFERRED | FIN2       | 0.500 | SECONDARY_MARKET |
        | PRELOADED   | FIN1       |       |                  |
      And FIN1 finds in its "CRR_LINEAGE_FIN1.csv":
        | Event | AssetOwner | MarketName       |
        | SOLD  | FIN1       | SECONDARY_MARKET |
        | SPLIT | FIN1       |                  |
      And FIN3 finds nothing of FIN2 in its "CRR_LINEAGE_FIN3.csv"

  Rule: A CRR outlives the node that it begins at

    @CRR-INV-005
    Scenario: A CRR from a retired node keeps its name and counts at the node's replacement
      Exit criterion: The inventory is unchanged; the model of the market has the replacement.
      Given it is Tuesday of week 2 at 09:00
      Then CRRs from "MORROBAY_7_N001" keep their name and load "AUC_MN_2024_M04" where it moved to

  Rule: What is bought in an auction is a CRR of its own

    @CRR-INV-006
    Scenario: A purchase names its auction
      Exit criterion: The holder sees which auction the CRR is from.
      Given it is Wednesday of week 2 at 17:00
      Then FIN1 finds in its "CRR_LINEAGE_FIN1.csv":
        | Event  | AssetOwner | MarketName      |
        | BOUGHT | FIN1       | AUC_MN_2024_M04 |
