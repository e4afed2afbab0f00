/// Why a sequence is left out: another one shows everything that it could show.
///
/// ## What makes leaving out harmless
///
/// What a crash can leave depends on the storage operations that were made, with their bytes; what is owed depends on
/// which commits were attempted and promised at each of them. Call a sequence *covered* by another one if both make
/// the same storage operations with the same bytes, and if at each of them the states that are legal after the other
/// one are legal after the first as well. Then each violation that the first shows, the other shows too.
///
/// Sequences are ordered by size, and those of one size letter by letter (the order of `Alphabet.letters`). Each rule
/// below names sequences that are covered by an earlier one in this order, and whatever follows them is covered
/// likewise, since the system is in the same state after both. There are finitely many sequences before a given one,
/// so going from cover to earlier cover ends, at a sequence that no rule leaves out. So each sequence that is left out
/// is covered by one that is kept and no longer: nothing within the bound is lost.
///
/// For the same reason each crash point is explored once. The storage operations before the last operation of a
/// sequence are those of the sequence without it, and so are the states that are legal at each of them. That sequence,
/// or the one that covers it, comes earlier: so power is cut in and after the last operation only, and in the empty
/// sequence while the store is created.
///
/// Each rule is a claim about a store, and holds for the stores that declare it (`SystemUnderTest.alphabet`). That
/// the rules are true of an engine as it is, and not only of the one in this prose, is to be tested: each legal
/// sequence of a small bound is rewritten by the rules, and the recordings of both are compared operation by
/// operation, byte by byte and bound by bound.
///
/// A *life* of the store is the time between two openings. Before its first record a life writes a status block with a
/// generation of its own, so that records of an earlier life are not believed. Where opening wrote the status block
/// anyway, to free what recovery applied or, in the very first life, to name the segments that were mapped, that was
/// it; otherwise the first begin does. No other begin makes a storage operation, and neither does a store to
/// mapped memory, an abort, or the end of an empty transaction with nothing spooled.
public enum SequenceRule: String, CaseIterable, Codable, Sendable {
  /// Two clients with exchanged names: the store knows transactions only, not who runs them. Kept: a begin by the first
  /// client that has no transaction open.
  case exchangedClients = "two clients exchanged"

  /// A begin that is not followed by an operation of its own transaction, which could as well begin later. The first
  /// begin of a life may write the status block, but then what comes between it and the next operation of its
  /// transaction makes no storage operation: nothing is spooled, and the log is empty. Another client's begin can
  /// come between as well, and then it is that one which writes the block, in the same place.
  case earlyBegin = "begin before it is needed"

  /// A transaction with nothing in it. Committing it with flush is a flush (the state after it is the state before
  /// it, so that the legal states are the same), ending it otherwise is nothing. One is kept: the one whose begin may
  /// write the status block and whose life has no other begin, that is, which aborts and is followed by a reopening.
  case emptyTransaction = "transaction with nothing in it"

  /// A flush when every commit has been flushed.
  case idleFlush = "flush with nothing to flush"

  /// A truncate step in a life without a commit: the log is empty, since opening it applied all that it held.
  case idleTruncation = "truncate step with an empty log"

  /// A reopening of a store whose opening wrote nothing, and in which no transaction has begun since.
  case idleReopen = "reopen of an unused store"

  /// A flush just after a store to memory, and a truncate step too where truncation reads the log and not memory:
  /// they could come before it.
  case lateFlush = "flush or truncate step after a set range that does not concern it"

  /// A commit without flush and then a flush: a commit with flush, which is shorter. A commit without flush and then a
  /// reopening, which flushes: a commit with flush and then the reopening, which promises more, earlier.
  case splitCommit = "commit no-flush where commit flush does the same"

  /// Two ranges of a transaction that have no byte in common, in descending order, where a record holds them sorted;
  /// and two stores of different clients, who never share a byte, with the second client's first.
  case exchangedRanges = "two disjoint ranges exchanged"

  /// A set range as the last operation, or a begin that writes no status block, or an empty transaction: the disk is
  /// as it was before, or as the begin left it. A commit without flush or an abort at the end is kept, since the one may
  /// overflow the spool, and after both memory is compared.
  case unseenEnd = "last operation that neither the disk nor a check sees"
}
