Feature: Trading hubs in an allocation
  A nomination from a trading hub asks every node of the hub for its share. Each share is cleared for
  itself; what was cleared is held as one CRR from the hub, and counter CRRs take back what a node
  could not give.

  Background:
    Given the calendar "market-sim" is played with seed 1

  Rule: The hub CRR with its counter CRRs injects at every node what was awarded there

    @CRR-HUB-001
    Scenario: Some nodes of a hub get less than others
      Exit criterion: No MW more is held than was awarded, at any node.
      Given it is Wednesday of week 1 at 09:00
      Then every nomination from a trading hub in "ALLOC_MN_2024_M04_T1" is cleared from each of its nodes
      And each hub CRR of "ALLOC_MN_2024_M04_T1" less its counter CRRs is what its legs were awarded
      And each counter CRR of "ALLOC_MN_2024_M04_T1" leads from the sink of its hub CRR back to a node
