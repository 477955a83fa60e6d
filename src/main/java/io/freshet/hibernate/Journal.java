package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.change.BoundedChanges;
import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.hibernate.JournalContext.Outcome;
import io.freshet.mapping.Footprint;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one database transaction has written so far, and so what must go when it commits. Belongs to
 * a connection, or to a session whose connection is not observed; used by one thread at a time.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>A write is added. From here on the transaction's own reads of what it wrote go to the
 *       database, and nothing that it loads is stored for others.
 *   <li>Just before the database commits: keys are locked, regions and query spaces fenced. Until
 *       here others are served the committed, old state; from here they ask the database.
 *   <li>The database commits.
 *   <li>Keys and regions are invalidated, query spaces bumped; then locks and fences come down.
 *       Only now does the caller of commit go on: whoever learns of the commit finds the new state.
 *       With a feed, regions of which the rows are not known stay fenced a moment longer, until it
 *       has evicted these.
 * </ol>
 *
 * <p>A rollback forgets the writes and evicts nothing. A commit that failed may have succeeded all
 * the same, and counts as one.
 */
final class Journal implements Synchronization {

  private final Node node;
  private final FootprintSum written = new FootprintSum();

  // for those who are told, if this node publishes
  private final BoundedChanges changes;
  private final FootprintSum traced = new FootprintSum();
  private final Set<TouchedKey> touched = new HashSet<>();
  private Publisher.@Nullable Ticket ticket;

  private boolean statements;

  /** Whether tables, triggers or functions may have been defined anew. */
  private boolean definitions;

  /** Whether more was written than step 2 knew of. */
  private boolean grown;

  private final Set<String> announcedRegions = new HashSet<>();
  private final Map<String, Integer> spaces = new HashMap<>();
  private final Set<JournalContext> sessions = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Echoes.Expected> echoes = new ArrayList<>();
  private @Nullable Invalidation prepared;

  /** A key of a region that Hibernate says is changed. */
  record TouchedKey(String region, Object key) {}

  Journal(Node node) {
    this.node = node;
    this.changes = new BoundedChanges(node.settings().maxKeys());
  }

  /** Whether nothing was written since the last commit or rollback. */
  boolean isEmpty() {
    return reachesNothing() && changes.isEmpty();
  }

  /** Whether nothing was written that this session factory could have cached. */
  boolean reachesNothing() {
    return written.isEmpty() && !statements && spaces.isEmpty() && announcedRegions.isEmpty();
  }

  /** The session takes part, and wants to hear of statements. */
  void enlist(JournalContext session) {
    if (sessions.add(session)) {
      session.takesPart();
    }
    if (statements) {
      session.statementRan();
    }
  }

  /** A flush, or a StatelessSession, wrote rows. */
  void addFlushed(Write write) {
    add(write);
    grown = true;
  }

  /** A statement is about to run. */
  void addStatement(String sql, Write write) {
    addStatement(write);
    definitions |= node.statements().definesSchema(sql);
  }

  /** Something is about to run that is no single statement. */
  void addStatement(Write write) {
    add(write);
    if (!write.footprint().isEmpty()) {
      statements = true;
      keepNothing();
    }
    grown = true;
  }

  private void add(Write write) {
    written.add(write.footprint());
    if (!write.changes().isEmpty()) {
      write.changes().forEach(changes::add);
      traced.add(write.footprint());
    }
  }

  /** What was flushed may have been undone in part: no entry of it is kept. */
  void keepNothing() {
    sessions.forEach(JournalContext::statementRan);
  }

  /** Query spaces that Hibernate says are written. */
  void addSpaces(Collection<String> querySpaces) {
    querySpaces.forEach(space -> spaces.merge(space, 1, Integer::sum));
    grown = true;
  }

  /** Takes one earlier {@link #addSpaces} back: the statement itself tells better. */
  void retractSpaces(Collection<String> querySpaces) {
    querySpaces.forEach(
        space -> spaces.computeIfPresent(space, (s, count) -> count > 1 ? count - 1 : null));
  }

  /** Hibernate guesses that a statement, which has not run yet, will change this region. */
  void announce(String region) {
    announcedRegions.add(region);
    grown = true;
  }

  /** The statement that was announced is seen: what it does decides. */
  void claimAnnouncement() {
    announcedRegions.clear();
  }

  /** Adds a key that Hibernate itself says is changed. */
  void addKey(String region, Object key) {
    written.addKey(region, key);
    if (node.publisher() != null) {
      touched.add(new TouchedKey(region, key));
    }
    grown = true;
  }

  boolean reaches(String region, Object key) {
    return written.reaches(region, key) || announcedRegions.contains(region);
  }

  boolean reaches(String querySpace) {
    return written.reaches(querySpace) || spaces.containsKey(querySpace);
  }

  /** Step 2. */
  @Override
  public void beforeCompletion() {
    if (prepared == null && !isEmpty()) {
      prepared = prepare();
      grown = false;
      expectEchoes();
      register();
    }
  }

  private void register() {
    Publisher publisher = node.publisher();
    if (publisher != null) {
      ChangeSet all = toTell();
      if (!all.isEmpty()) {
        ticket = publisher.committing(all);
      }
    }
  }

  /** What has been written since the last call, for those who are told. */
  private ChangeSet toTell() {
    try {
      sessions.forEach(session -> session.untold(touched, traced).forEach(changes::add));
      if (!announcedRegions.isEmpty()) {
        // what was announced was never seen
        spaces.keySet().forEach(space -> changes.add(TableChange.anything(TableName.parse(space))));
      }
    } catch (RuntimeException e) {
      node.everything("what was locked", e).changes().forEach(changes::add);
    }
    touched.clear();
    ChangeSet all = changes.toChangeSet();
    changes.clear();
    return all;
  }

  private void tell(boolean committed) {
    Publisher publisher = node.publisher();
    if (publisher == null) {
      return;
    }
    ChangeSet more = committed ? toTell() : ChangeSet.EMPTY;
    if (ticket == null && !more.isEmpty()) {
      publisher.announce(more);
    } else if (ticket != null && committed) {
      publisher.committed(ticket, more);
    } else if (ticket != null) {
      publisher.rolledBack(ticket);
    }
  }

  private Invalidation prepare() {
    EvictionCause cause = statements ? EvictionCause.STATEMENT : EvictionCause.FLUSH;
    return Invalidation.prepare(node, all(), cause);
  }

  private void expectEchoes() {
    FeedLink feed = node.feed();
    if (feed != null && feed.isLive()) {
      for (JournalContext session : sessions) {
        session.kept().forEach(kept -> echoes.add(feed.echoes().expect(kept)));
      }
    }
  }

  private void settleEchoes(Outcome how) {
    FeedLink feed = node.feed();
    if (feed != null && !echoes.isEmpty()) {
      feed.settle(echoes, how == Outcome.COMMITTED);
    }
  }

  /** Step 4, after a commit or after anything that may have been one. */
  void afterCommit() {
    afterCommit(Outcome.COMMITTED);
  }

  /** Step 4, where nobody knows whether the commit reached the database. */
  void afterFailedCommit() {
    afterCommit(Outcome.UNCERTAIN);
  }

  private void afterCommit(Outcome how) {
    beforeCompletion();
    Invalidation invalidation = prepared;
    Invalidation rest = invalidation != null && grown ? prepare() : null;
    tell(true);
    boolean told = !definitions; // what DDL does to rows, no feed tells
    sessions.forEach(session -> session.ended(how));
    settleEchoes(how);
    if (definitions) {
      node.forgetSchema();
    }
    reset();
    if (rest != null) {
      rest.carryOut(told);
    }
    if (invalidation != null) {
      invalidation.carryOut(told);
    }
  }

  /** The transaction has certainly been rolled back. */
  void afterRollback() {
    Invalidation invalidation = prepared;
    tell(false);
    sessions.forEach(session -> session.ended(Outcome.ROLLED_BACK));
    settleEchoes(Outcome.ROLLED_BACK);
    if (definitions) {
      // the catalog may have been read as this transaction saw it
      node.forgetSchema();
    }
    reset();
    if (invalidation != null) {
      invalidation.cancel();
    }
  }

  /** For transactions that do not end on the connection: JTA, and connections not observed. */
  @Override
  public void afterCompletion(int status) {
    switch (status) {
      case Status.STATUS_ROLLEDBACK -> afterRollback();
      case Status.STATUS_COMMITTED -> afterCommit();
      default -> afterFailedCommit();
    }
  }

  private Footprint all() {
    announcedRegions.forEach(written::addWhole);
    written.add(new Footprint(Map.of(), Set.copyOf(spaces.keySet()), false));
    return written.toFootprint();
  }

  private void reset() {
    prepared = null;
    ticket = null;
    written.clear();
    changes.clear();
    traced.clear();
    touched.clear();
    statements = false;
    definitions = false;
    grown = false;
    spaces.clear();
    announcedRegions.clear();
    sessions.clear();
    echoes.clear();
  }
}
