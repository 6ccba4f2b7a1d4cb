Feature: Nomination caps
  What a load-serving entity may ask for follows from its load, from what it has already, and from
  what earlier tiers gave; each figure says what it was made of.

  Background:
    Given the calendar "market-sim" is played with seed 1
    And these participants take part:
      | participant | role      | serves load at |
      | LSEP        | LSE       | DLAP_PGAE-APND |
      | PUBP01      | MUNICIPAL | MLAP_ANHM-APND |

  Rule: Every figure says how it came about

    @CRR-CAP-001
    Scenario: The cap of monthly tier 1 is traced back to the load
      Exit criterion: A participant can work each figure out again from those it is made of.
      Given it is Tuesday of week 1 at 07:00
      Then LSEP sees how its cap in "ALLOC_MN_2024_M04_T1" at "DLAP_PGAE-APND" came about, ON:
        | figure             | is                                                     |
        | monthly tier 1 cap | MEQ                                                    |
        | MEQ                | ALM of the forecast - allocated seasonal and long-term |
        | ALM                | LM - (TOR + ETC + CVR)                                 |

  Rule: What all portfolios ask for together stays within the cap

    @CRR-CAP-002
    Scenario: A second portfolio finds nothing left of the cap
      Exit criterion: The cap passes; one step more is refused, wherever it is asked for.
      Given it is Tuesday of week 1 at 09:01
      When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "all of it":
        | source         | sink           | period   | TOU | MW      |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | its cap |
      Then it is answered SUBMITTED
      When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "one step more":
        | source         | sink           | period   | TOU | MW    |
        | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 0.001 |
      Then it is answered INVALID
      And what counts in the market is what counted before

  Rule: What tier 1 gave is off the cap of tier 2

    @CRR-CAP-003
    Scenario: The cap of monthly tier 2 names the awards of tier 1
      Exit criterion: The participant sees what it has left.
      Given it is Thursday of week 1 at 09:00
      Then LSEP sees how its cap in "ALLOC_MN_2024_M04_T2" at "DLAP_PGAE-APND" came about, ON:
        | figure             | is                          |
        | monthly tier 2 cap | MEQ - monthly tier 1 awards |

  Rule: Load that has left lowers the priority cap by what left of last year's season

    @CRR-CAP-004
    Scenario: The priority cap of a summer names the counter-flows of the summer before
      Exit criterion: Counter-flows of other seasons and years take nothing from it.
      Given it is Thursday of week 2 at 10:00
      Then the cap of LSEP for "2025_S03" in "ALLOC_AN_2025_PNP" at "DLAP_PGAE-APND" loses the counter-flows of "2024_S03", ON
      And the cap of LSEP for "2025_S04" in "ALLOC_AN_2025_PNP" at "DLAP_PGAE-APND" loses the counter-flows of "2024_S04", OFF

  Rule: Metered subsystems and pumps serve load of their own

    @CRR-CAP-005
    Scenario: A metered subsystem nominates for its own load, less what its own rights serve
      Exit criterion: Its cap is traced back to its load and to its existing contract.
      Given it is Thursday of week 2 at 10:00
      Then PUBP01 sees how its cap in "ALLOC_MN_2024_M04_T1" at "MLAP_ANHM-APND" came about, ON:
        | figure             | is                                                     |
        | monthly tier 1 cap | MEQ                                                    |
        | MEQ                | ALM of the forecast - allocated seasonal and long-term |
        | ALM                | LM - (TOR + ETC + CVR)                                 |
