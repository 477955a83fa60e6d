package io.freshet.cache;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.hibernate.cache.spi.access.SoftLock;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a region have a writer between its SQL and the end of its transaction. Thread-safe;
 * operations on different keys do not wait for each other.
 *
 * <p>While a key is locked its entry is out of the store and nothing is put for it; readers go to
 * the database, which knows how to isolate them. Hits never look here: a locked key is simply not
 * in the store.
 *
 * <p>Several transactions may hold a key's lock. A holder that outlives its own deadline was left
 * behind by a transaction whose completion was cut off; whoever meets the lock next has that holder
 * removed as if its transaction had committed. The others keep theirs.
 */
final class SoftLocks {

  private final ConcurrentHashMap<Object, Held> held = new ConcurrentHashMap<>();

  /** One holder's share of a lock; what Hibernate hands back to unlock. */
  static final class Ticket implements SoftLock {
    private final Object key;
    private final long deadline;

    private Ticket(Object key, long deadline) {
      this.key = key;
      this.deadline = deadline;
    }
  }

  /**
   * A lock with at least one holder. Immutable.
   *
   * @param sole whether there has been one holder only since the key was locked
   * @param displaced what the lock took out of the store, as long as nothing can have changed it
   */
  private record Held(List<Ticket> holders, boolean sole, @Nullable Entry displaced) {

    Held with(Ticket another) {
      return new Held(
          Stream.concat(holders.stream(), Stream.of(another)).toList(), false, displaced);
    }

    /** Without this holder; null if it was the last. */
    @Nullable Held without(Ticket holder, @Nullable Entry stillDisplaced) {
      List<Ticket> others = holders.stream().filter(other -> other != holder).toList();
      return others.isEmpty() ? null : new Held(others, sole, stillDisplaced);
    }
  }

  /** Takes the lock, alone or together with others. */
  Ticket acquire(Object key, long deadline) {
    Ticket ticket = new Ticket(key, deadline);
    held.compute(
        key,
        (k, current) ->
            current == null ? new Held(List.of(ticket), true, null) : current.with(ticket));
    return ticket;
  }

  /** Remembers what the lock took out of the store, to be put back after a rollback. */
  void displace(Ticket ticket, Entry entry) {
    held.computeIfPresent(
        ticket.key,
        (key, current) ->
            current.sole && current.holders.contains(ticket)
                ? new Held(current.holders, true, entry)
                : current);
  }

  /**
   * Gives the lock back after a commit, or after anything that may have been one.
   *
   * @return whether its holder was alone all the time; false also if it had expired
   */
  boolean release(Ticket ticket) {
    boolean[] sole = new boolean[1];
    held.computeIfPresent(
        ticket.key,
        (key, current) -> {
          if (!current.holders.contains(ticket)) {
            return current;
          }
          sole[0] = current.sole;
          return current.without(ticket, null);
        });
    return sole[0];
  }

  /**
   * Gives the lock back after a rollback.
   *
   * @return the entry that the lock displaced, if this was the last holder and none has committed
   */
  @Nullable Entry releaseUnchanged(Ticket ticket) {
    Entry[] displaced = new Entry[1];
    held.computeIfPresent(
        ticket.key,
        (key, current) -> {
          if (!current.holders.contains(ticket)) {
            return current;
          }
          Held rest = current.without(ticket, current.displaced);
          if (rest == null) {
            displaced[0] = current.displaced;
          }
          return rest;
        });
    return displaced[0];
  }

  /** Whether the key has a lock at all, expired or not. */
  boolean isLocked(Object key) {
    return held.containsKey(key);
  }

  /** Whether the ticket's share has not been given back yet. */
  boolean isHeld(Ticket ticket) {
    Held lock = held.get(ticket.key);
    return lock != null && lock.holders.contains(ticket);
  }

  /** Whether a holder has outlived its deadline. */
  boolean hasExpired(Object key, long now) {
    Held lock = held.get(key);
    return lock != null && lock.holders.stream().anyMatch(holder -> now > holder.deadline);
  }

  /**
   * Removes the holders that have outlived their deadline. The caller has stamped the guard before:
   * with the last holder goes what kept loads out that began before its commit.
   *
   * @return whether there were any
   */
  boolean removeExpired(Object key, long now) {
    boolean[] removed = new boolean[1];
    held.computeIfPresent(
        key,
        (k, current) -> {
          List<Ticket> alive =
              current.holders.stream().filter(holder -> now <= holder.deadline).toList();
          removed[0] = alive.size() < current.holders.size();
          if (!removed[0]) {
            return current;
          }
          return alive.isEmpty() ? null : new Held(alive, false, null);
        });
    return removed[0];
  }
}
