Feature: Messages
  What happens is told by a message, to everybody or to the one it concerns.

  Background:
    Given the calendar "market-sim" is played with seed 1

  Rule: The operator writes to everybody or to one

    @CRR-MSG-001
    Scenario: A public message reaches everybody
      Exit criterion: The text is among the messages that everybody can download.
      Given it is Tuesday of week 1 at 09:00
      When OPERATOR writes to everybody "Call at 10 Pacific"
      Then everybody has the message "Call at 10 Pacific"
      And everybody can download:
        | file                |
        | PUBLIC_MESSAGES.csv |

    @CRR-MSG-002
    Scenario: A private message reaches one
      Exit criterion: Nobody else can read it.
      Given it is Tuesday of week 1 at 09:01
      When OPERATOR writes to FIN1 "Please call the help desk"
      Then FIN1 has the private message "Please call the help desk"
      And FIN2 does not have the private message "Please call the help desk"

    @CRR-MSG-003
    Scenario: A message to somebody who does not exist is refused
      Exit criterion: Nothing is sent.
      Given it is Tuesday of week 1 at 09:02
      When OPERATOR writes to NOBODY "Hello"
      Then it is refused with SER0002, "the participant name is invalid"
      And nothing in the market has changed

  Rule: Participants do not write to each other through the market

    @CRR-MSG-004
    Scenario: A trader's message is refused
      Exit criterion: Nothing is sent.
      Given it is Tuesday of week 1 at 09:03
      When FIN1 writes to everybody "Buy now"
      Then it is refused with SEC0001, "no privilege"
      And nothing in the market has changed

  Rule: The calendar comes with a message

    @CRR-MSG-005
    Scenario: Everybody has the calendar as a file
      Exit criterion: What was attached can be downloaded.
      Given it is Tuesday of week 1 at 09:04
      Then everybody has the message "CRR Calendar for 2024"
      And everybody can download:
        | file                  |
        | CRR_Calendar_2024.csv |

  Rule: What was written to one lies in its own folder

    @CRR-MSG-006
    Scenario: A private message is in a file of its reader
      Exit criterion: The file names the sender.
      Given it is Tuesday of week 1 at 09:05
      Then FIN1 finds in its "PRIVATE_MESSAGES_FIN1.csv":
        | Sender          | Message                   |
        | System Operator | Please call the help desk |
