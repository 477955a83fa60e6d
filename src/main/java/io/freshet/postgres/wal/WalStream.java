package io.freshet.postgres.wal;

import io.freshet.Names;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * One replication connection, on a temporary slot of its own or on a permanent one. What is
 * committed from {@link #start} on comes out of {@link #read}; a temporary slot, and with it the
 * log it keeps, goes with the connection (PostgreSQL documentation, "Streaming Replication
 * Protocol", CREATE_REPLICATION_SLOT). Of a permanent one, everything comes that is committed
 * behind the place that was confirmed last: {@link DurableSlot}.
 *
 * <p>One thread starts and reads; {@link #confirm}, {@link #abort} and {@link #close} may be called
 * by any.
 *
 * <h2>Order of calls</h2>
 *
 * {@link #connect}, {@link #start}, {@link #fence} on a second connection, then {@link #read} for
 * ever. {@link Visibility} says what the fence is for. {@code start} waits until every transaction
 * that was writing has ended, in any database of the cluster, prepared ones included; there is no
 * timeout on it, {@code abort} ends it.
 *
 * <p>{@link SenderTimeout} says how the connection is kept alive.
 *
 * <p>Of a temporary slot, what was received is acknowledged at once, so that the server can recycle
 * its log: nothing is ever read again. Of a permanent one, only {@link #confirm} acknowledges; the
 * driver's own way, which confirms whatever the server says it has sent, is off.
 */
public final class WalStream implements AutoCloseable {

  /** The first with {@code messages} in pgoutput. */
  private static final int MIN_SERVER_VERSION_NUM = 140000;

  /** From here on pg_logical_emit_message can flush by itself. */
  private static final int FLUSHING_MESSAGES_MAJOR = 17;

  /** What is confirmed becomes known to the server that soon, if anything comes in meanwhile. */
  private static final long CONFIRM_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String CONNECT_SECONDS = "10";

  /** What a URL may say for ordinary connections, and must not for this one. */
  private static final Pattern NOT_FOR_REPLICATION =
      Pattern.compile(
          "(?<=[?&])(?:replication|preferQueryMode|assumeMinServerVersion|socketTimeout|readOnly"
              + "|readOnlyMode|options|currentSchema)=[^&]*&?");

  /**
   * How values are printed, whatever the role's or the database's settings are: as the driver sees
   * them on other connections, and points in time in UTC. And nothing ends a session for being
   * idle.
   */
  private static final String SETTINGS =
      "select set_config(name, value, false) from (values ('datestyle', 'ISO'),"
          + " ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('bytea_output', 'hex'),"
          + " ('extra_float_digits', '1'), ('statement_timeout', '0'), ('lock_timeout', '0'),"
          + " ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'))"
          + " as settings (name, value)";

  private static final String FACTS =
      "select current_setting('server_version_num')::int,"
          + " (select setting from pg_settings where name = 'wal_sender_timeout')::int,"
          + " current_setting('synchronous_standby_names'),"
          + " exists (select from pg_publication where pubname = ?)";

  /** A statement with this flushes its commit, but does not wait for standbys. */
  private static final String NOT_SYNCHRONOUS = "set_config('synchronous_commit', 'local', true)";

  private final Connection connection;
  private final String shownUrl;
  private final String publication;
  private final String name;
  private final @Nullable Duration patience;
  private volatile String slot;
  private volatile boolean permanent;
  private volatile @Nullable PGReplicationStream stream;
  private int statusIntervalMillis;
  private final AtomicLong confirmed = new AtomicLong();
  private long sentConfirmed;
  private long sentNanos = System.nanoTime();

  private WalStream(
      Connection connection, String shownUrl, String publication, @Nullable Duration patience) {
    this.connection = connection;
    this.shownUrl = shownUrl;
    this.publication = publication;
    this.patience = patience;
    name = Names.unique("freshet_");
    slot = name;
  }

  /**
   * Opens the connection. Takes as long as {@code connectTimeout} and, for each answer of the
   * server, {@code socketTimeout} allow; both are 10 seconds if the properties do not say
   * otherwise.
   *
   * @param url a JDBC URL that leads straight to the primary
   * @param properties user, password and what else the driver understands; not changed
   * @param publication the name of the publication to read
   * @param patience after which time without an answer the stream is given up by whoever watches
   *     it; null to leave the server's {@code wal_sender_timeout} as it is
   */
  public static WalStream connect(
      String url, Properties properties, String publication, @Nullable Duration patience)
      throws FeedUnavailableException {
    Properties ours = new Properties();
    properties.stringPropertyNames().forEach(k -> ours.setProperty(k, properties.getProperty(k)));
    ours.setProperty("replication", "database");
    // replication commands are not part of the extended protocol
    ours.setProperty("preferQueryMode", "simple");
    ours.setProperty("assumeMinServerVersion", "14");
    ours.setProperty("tcpKeepAlive", "true");
    // for whatever accepts connections and says nothing; a stream may be silent for ever
    ours.putIfAbsent("socketTimeout", CONNECT_SECONDS);
    ours.setProperty("readOnly", "false");
    ours.putIfAbsent("ApplicationName", "freshet");
    String replicationUrl = NOT_FOR_REPLICATION.matcher(url).replaceAll("");
    try {
      Connection connection = DriverManager.getConnection(replicationUrl, ours);
      connection.setNetworkTimeout(Runnable::run, 0);
      return new WalStream(
          connection, ConnectionFailure.withoutSecrets(url), publication, patience);
    } catch (SQLException e) {
      throw new FeedUnavailableException(ConnectionFailure.explain(e, url), e);
    }
  }

  /**
   * Creates a temporary slot and begins to stream: every transaction whose commit is written after
   * this has returned will be read.
   *
   * @throws FeedUnavailableException if something is missing, or the stream was aborted
   * @throws IllegalStateException if it was started before
   */
  public void start() throws FeedUnavailableException {
    createTemporary();
    stream();
  }

  /** Creates the temporary slot; may wait for long, as {@link #start}. */
  void createTemporary() throws FeedUnavailableException {
    requireNotStarted();
    try {
      prepare();
      try (Statement statement = connection.createStatement()) {
        // without an exported snapshot the slot need not remember every transaction for it
        statement.execute(
            "CREATE_REPLICATION_SLOT " + name + " TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
      }
    } catch (SQLException e) {
      throw new FeedUnavailableException(ConnectionFailure.explain(e, shownUrl), e);
    }
  }

  /** Drops the temporary slot that {@link #createTemporary} made. */
  void dropTemporary() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP_REPLICATION_SLOT " + name);
    }
  }

  /** Begins to stream from a permanent slot, where it was left. */
  void startPermanent(String permanentSlot) throws FeedUnavailableException {
    requireNotStarted();
    try {
      prepare();
    } catch (SQLException e) {
      throw new FeedUnavailableException(ConnectionFailure.explain(e, shownUrl), e);
    }
    slot = permanentSlot;
    permanent = true;
    stream();
  }

  private void requireNotStarted() {
    if (stream != null) {
      throw new IllegalStateException("the stream was started before");
    }
  }

  private void stream() throws FeedUnavailableException {
    try {
      stream =
          connection
              .unwrap(PgConnection.class)
              .getReplicationAPI()
              .replicationStream()
              .logical()
              .withSlotName(slot)
              .withAutomaticFlush(!permanent)
              .withSlotOption("proto_version", 1)
              .withSlotOption("publication_names", quoted(publication))
              .withSlotOption("messages", "true")
              .withStatusInterval(statusIntervalMillis, TimeUnit.MILLISECONDS)
              .start();
    } catch (SQLException e) {
      throw new FeedUnavailableException(ConnectionFailure.explain(e, shownUrl), e);
    }
  }

  /** Which log this is: the system's identifier and the timeline, as in {@code LogPosition}. */
  public String history() throws FeedUnavailableException {
    try (Statement statement = connection.createStatement();
        ResultSet system = statement.executeQuery("IDENTIFY_SYSTEM")) {
      system.next();
      return system.getString("systemid") + "/" + system.getString("timeline");
    } catch (SQLException e) {
      throw new FeedUnavailableException(ConnectionFailure.explain(e, shownUrl), e);
    }
  }

  /** Checks what the server would not, or not say clearly, and settles the status interval. */
  private void prepare() throws SQLException, FeedUnavailableException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(SETTINGS);
    }
    try (PreparedStatement statement = connection.prepareStatement(FACTS)) {
      statement.setString(1, publication);
      try (ResultSet facts = statement.executeQuery()) {
        facts.next();
        if (facts.getInt(1) < MIN_SERVER_VERSION_NUM) {
          throw unavailable("the server is too old: the wal feed needs PostgreSQL 14 or later");
        }
        if (matchesAnyStandby(facts.getString(3))) {
          throw unavailable(
              "synchronous_standby_names is '"
                  + facts.getString(3)
                  + "', by which this connection would count as a synchronous standby: commits"
                  + " would be reported as replicated that are not. Name the standbys instead of *");
        }
        if (!facts.getBoolean(4)) {
          throw unavailable(
              "the publication "
                  + publication
                  + " does not exist. Install it with freshet.tracking=install or create it by"
                  + " hand");
        }
        statusIntervalMillis = settleTimeout(facts.getInt(2));
      }
    }
  }

  /** Gives the status interval. */
  private int settleTimeout(int serversMillis) throws SQLException {
    if (patience == null) {
      return SenderTimeout.statusIntervalMillis(serversMillis);
    }
    SenderTimeout timeout = SenderTimeout.of(serversMillis, patience);
    try (Statement statement = connection.createStatement()) {
      // anybody may, for his own session
      statement.execute(
          "select set_config('wal_sender_timeout', '" + timeout.millis() + "ms', false)");
    }
    return timeout.statusIntervalMillis();
  }

  /** Whether the setting has a star that is no part of a name: {@code *}, {@code ANY 1 (*)}. */
  static boolean matchesAnyStandby(String synchronousStandbyNames) {
    return synchronousStandbyNames.replaceAll("\"[^\"]*\"", "").contains("*");
  }

  /**
   * Waits for the next message.
   *
   * @return one message, for {@link TransactionReader#accept}
   * @throws SQLException if the connection is lost, the server ends the stream, or {@link #abort}
   *     was called
   */
  public ByteBuffer read() throws SQLException {
    PGReplicationStream started = stream;
    if (started == null) {
      throw new IllegalStateException("the stream was not started");
    }
    ByteBuffer message = started.read();
    if (message == null) {
      throw new SQLException("the server has ended the replication stream", "08006");
    }
    if (permanent) {
      if (confirmed.get() != sentConfirmed) {
        answer(CONFIRM_INTERVAL_NANOS);
      }
    } else {
      // the slot dies with the connection: nobody will ask for this again
      started.setFlushedLSN(started.getLastReceiveLSN());
      started.setAppliedLSN(started.getLastReceiveLSN());
    }
    return message;
  }

  /**
   * Nothing whose commit record starts before this place need be sent again by this permanent slot,
   * ever. Never goes back. Does not block: the server hears of it with one of the next messages.
   *
   * @param lsn not beyond what every listener has been told
   */
  public void confirm(long lsn) {
    confirmed.accumulateAndGet(lsn, WalStream::later);
  }

  /** Instead of reading, which answers the server by itself; by the reading thread. */
  public void keepAlive() throws SQLException {
    answer(TimeUnit.MILLISECONDS.toNanos(statusIntervalMillis));
  }

  private void answer(long intervalNanos) throws SQLException {
    PGReplicationStream started = stream;
    long now = System.nanoTime();
    long lsn = confirmed.get();
    if (started == null || now - sentNanos < intervalNanos) {
      return;
    }
    sentNanos = now;
    if (lsn != sentConfirmed) {
      sentConfirmed = lsn;
      started.setFlushedLSN(LogSequenceNumber.valueOf(lsn));
      started.setAppliedLSN(LogSequenceNumber.valueOf(lsn));
    }
    started.forceUpdateStatus();
  }

  static long later(long one, long other) {
    return Long.compareUnsigned(one, other) >= 0 ? one : other;
  }

  /** The slot's name, as {@code pg_replication_slots} shows it; random for a temporary one. */
  public String slotName() {
    return slot;
  }

  /**
   * {@code freshet_} and random digits, of this stream alone: what a permanent slot sends again of
   * an earlier stream's barriers is not taken for one of this.
   */
  public String name() {
    return name;
  }

  /** Cuts the connection, so that a call that waits on another thread fails at once. */
  public void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("a connection that cannot be aborted", e);
    }
  }

  /** Gives the connection back to the server; like {@link #abort}, a read that waits fails. */
  @Override
  public void close() {
    // a polite end would wait for the server to stop streaming
    abort();
  }

  /**
   * The first transaction id that is surely not in the hole before the stream; for {@link
   * Visibility}.
   *
   * @param side an ordinary connection to the same server, asked after {@link #start} has returned
   */
  public static long fence(Connection side) throws SQLException {
    requireAutoCommit(side);
    return Long.parseLong(text(side, "select pg_current_xact_id()::text, " + NOT_SYNCHRONOUS));
  }

  /**
   * What a reader that begins now can see.
   *
   * @param side an ordinary connection to the same server, in autocommit: a transaction would keep
   *     its first snapshot
   */
  public static PgSnapshot snapshot(Connection side) throws SQLException {
    requireAutoCommit(side);
    return PgSnapshot.parse(text(side, "select pg_current_snapshot()::text"));
  }

  /**
   * Sends a barrier through the log. When this returns it is on disk, so that the stream has it.
   *
   * @param side an ordinary connection to the same server and database, in autocommit
   * @param nonce comes back as {@link WalEvent.Barrier}
   */
  public static void sendBarrier(Connection side, String nonce) throws SQLException {
    sendBarrier(
        side, nonce, side.getMetaData().getDatabaseMajorVersion() >= FLUSHING_MESSAGES_MAJOR);
  }

  /**
   * @param flushing whether the server can be asked to flush the message. Otherwise it would lie in
   *     memory until the next commit or for {@code 3 * wal_writer_delay}; so a transaction of its
   *     own commits after it, without waiting for a standby. That takes a transaction id.
   */
  static void sendBarrier(Connection side, String nonce, boolean flushing) throws SQLException {
    requireAutoCommit(side);
    if (nonce.startsWith("{")) {
      throw new IllegalArgumentException("a nonce must not look like a change set: " + nonce);
    }
    String sql =
        flushing
            ? "select pg_logical_emit_message(false, ?, ?, true)"
            : "select "
                + NOT_SYNCHRONOUS
                + ", pg_current_xact_id(), pg_logical_emit_message(false, ?, ?)";
    try (PreparedStatement statement = side.prepareStatement(sql)) {
      statement.setString(1, TransactionReader.PREFIX);
      statement.setString(2, nonce);
      statement.execute();
    }
  }

  /**
   * Drops a permanent slot, and with it the log that it keeps.
   *
   * @param side an ordinary connection to the same server
   * @return whether there was one
   * @throws SQLException also if somebody reads from it
   */
  public static boolean dropSlot(Connection side, String name) throws SQLException {
    return DurableSlot.drop(side, name);
  }

  private static void requireAutoCommit(Connection side) throws SQLException {
    if (!side.getAutoCommit()) {
      throw new IllegalArgumentException("the second connection has to be in autocommit");
    }
  }

  private static String text(Connection side, String sql) throws SQLException {
    try (PreparedStatement statement = side.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** An identifier within a text literal: the option is a list of identifiers. */
  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"").replace("'", "''") + "\"";
  }

  private FeedUnavailableException unavailable(String problem) {
    return new FeedUnavailableException(shownUrl + ": " + problem);
  }
}
