package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.feed.Shelf.Item;
import io.freshet.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Somebody takes away what tells of changes, under a running node. */
class TrackingFaultsTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.DIRECT;

  private TestDatabase database;

  /** What can be taken away, and how the reason names it. */
  enum Damage {
    TRIGGER_DROPPED("notify", "public.item", "drop trigger freshet_update on item"),
    TRIGGER_DISABLED("notify", "public.item", "alter table item disable trigger freshet_update"),
    TRIGGER_NOT_ALWAYS("notify", "ENABLE ALWAYS", "alter table item enable trigger freshet_update"),
    TRIGGER_REPLACED(
        "notify",
        "public.item",
        "create function mine() returns trigger language plpgsql as 'begin return null; end'",
        "create or replace trigger freshet_update after update on item referencing old table as"
            + " old_rows new table as new_rows for each statement execute function mine()"),
    FUNCTION_REPLACED(
        "notify",
        "public.item",
        "do $$ begin execute (select format('create or replace function %s() returns trigger"
            + " language plpgsql as ''begin return null; end''', tgfoid::regproc) from pg_trigger"
            + " where tgrelid = 'item'::regclass and tgname = 'freshet_update'); end $$"),
    SCHEMA_DROPPED("notify", "schema freshet", "drop schema freshet cascade"),
    TABLE_MADE_ANEW("notify", "public.item", Damage.MADE_ANEW),
    PUBLICATION_DROPPED("wal", "publication freshet", "drop publication freshet"),
    PUBLICATION_WITHOUT_UPDATES(
        "wal", "publication freshet", "alter publication freshet set (publish = 'insert')"),
    TABLE_UNPUBLISHED("wal", "public.item", "alter publication freshet drop table item"),
    IDENTITY_RESET("wal", "REPLICA IDENTITY", "alter table item replica identity default"),
    PUBLISHED_TABLE_MADE_ANEW("wal", "public.item", Damage.MADE_ANEW);

    private static final String MADE_ANEW =
        "begin; create table spare (like item including all); insert into spare select * from item;"
            + " drop table item; alter table spare rename to item; commit";

    private final String feed;
    private final String named;
    private final String sql;

    Damage(String feed, String named, String... sql) {
      this.feed = feed;
      this.named = named;
      this.sql = String.join("; ", sql);
    }
  }

  @BeforeEach
  void create() {
    database = TestDatabase.create();
  }

  @AfterEach
  void drop() {
    database.close();
  }

  @ParameterizedTest
  @EnumSource
  void damage_whereInstallingIsAllowed_isMended(Damage damage) {
    try (FaultyNode node = FaultyNode.on(database.url(), damage.feed)) {
      node.note();

      node.outside(damage.sql);
      int price = node.changeOutside();

      awaitThat(() -> node.feed().counts().resets() >= 2);
      awaitThat(() -> node.price() == price);
      node.awaitHealed();
      node.requireReconnected();
      requireRowsAreTold(node);
    }
  }

  @ParameterizedTest
  @EnumSource
  void damage_whereItIsOnlyChecked_closesTheGate_untilTheNamedCommandsAreRun(Damage damage) {
    FaultyNode.on(database.url(), damage.feed).close();
    try (FaultyNode node =
        FaultyNode.on(database.url(), damage.feed, s -> s.with("freshet.tracking", "validate"))) {
      node.note();

      node.outside(damage.sql);

      awaitThat(() -> node.feed().reason().contains("changes would go untold"));
      String reason = node.feed().reason();
      assertThat(reason).contains(damage.named);
      node.requireFreshWhileBroken();
      assertThat(node.feed().open()).isFalse();
      if (damage == Damage.SCHEMA_DROPPED) {
        assertThat(reason).contains("migrations/V1__freshet.sql");
        FaultyNode.on(database.url(), damage.feed).close();
      } else {
        node.outside(remedies(reason));
      }
      node.awaitHealed();
      node.requireReconnected();
      requireRowsAreTold(node);
    }
  }

  /** The commands in a reason, one of each gap. */
  private static String[] remedies(String reason) {
    List<String> commands = new ArrayList<>();
    for (String line : reason.lines().skip(1).toList()) {
      commands.add(line.substring(line.indexOf(". ") + 2));
    }
    return commands.toArray(String[]::new);
  }

  /** It is not by resets that the node knows. */
  private static void requireRowsAreTold(FaultyNode node) {
    Nodes.settle(node.factory);
    long resets = node.feed().counts().resets();
    long rows = node.feed().counts().rows();
    node.price();

    int price = node.changeOutside();

    Nodes.settle(node.factory);
    assertThat(node.price()).isEqualTo(price);
    assertThat(node.feed().counts().rows()).isEqualTo(rows + 1);
    assertThat(node.feed().counts().resets()).isEqualTo(resets);
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void columnRewrittenByAlterTable_isReadAnew(String feed) {
    try (FaultyNode node = FaultyNode.on(database.url(), feed)) {
      node.outside("update item set price = 21 where id = 1");
      awaitThat(() -> node.price() == 21 && node.holds());
      node.note();

      node.outside("alter table item alter price type integer using price * 2");

      awaitThat(() -> node.price() == 42);
      node.awaitHealed();
      node.requireReconnected();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void partitionAttached_whereInstallingIsAllowed_isTold(String feed) {
    partitioned();
    try (FaultyNode node = FaultyNode.on(database.url(), feed)) {
      node.note();
      addPartition(node);

      awaitThat(() -> node.feed().counts().resets() >= 2);
      node.awaitHealed();
      requirePartitionIsTold(node);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void partitionAttached_whereItIsOnlyChecked_closesTheGate(String feed) {
    partitioned();
    FaultyNode.on(database.url(), feed).close();
    try (FaultyNode node =
        FaultyNode.on(
            database.url(),
            feed,
            s -> s.with("freshet.tracking", "validate").with("hibernate.hbm2ddl.auto", "none"))) {
      node.note();
      addPartition(node);

      awaitThat(() -> node.feed().reason().contains("changes would go untold"));
      assertThat(node.feed().reason()).contains("item_b");
      node.requireFreshWhileBroken();
      node.outside(remedies(node.feed().reason()));

      node.awaitHealed();
      requirePartitionIsTold(node);
    }
  }

  private void partitioned() {
    database.execute(
        "create table item (id bigint primary key, price int not null, shelf_id bigint)"
            + " partition by range (id)",
        "create table item_a partition of item for values from (0) to (100)");
  }

  private static void addPartition(FaultyNode node) {
    node.outside(
        "create table item_b (id bigint primary key, price int not null, shelf_id bigint)",
        "insert into item_b values (100, 5, null)",
        "alter table item attach partition item_b for values from (100) to (200)");
  }

  private static void requirePartitionIsTold(FaultyNode node) {
    awaitThat(
        () -> inPartition(node) == 5 && node.factory.getCache().containsEntity(Item.class, 100L));
    node.outside("update item_b set price = 6");
    Nodes.settle(node.factory);
    assertThat(inPartition(node)).isEqualTo(6);
  }

  private static int inPartition(FaultyNode node) {
    return node.factory.fromTransaction(session -> session.find(Item.class, 100L).price);
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void triggerFromOutsideRewritesRows_ownFlushIsReadBackAsTheRowIs(String feed) {
    try (FaultyNode node = FaultyNode.on(database.url(), feed)) {
      node.changeInside();
      node.note();

      node.outside(
          "create function rewrite() returns trigger language plpgsql as"
              + " 'begin new.price := -new.price; return new; end'",
          "create trigger rewrite before update on item for each row execute function rewrite()");
      int price = node.changeInside();

      awaitThat(() -> node.price() == -price);
      awaitThat(() -> node.feed().counts().resets() >= 2 && node.feed().open());
      int again = node.changeInside();
      assertThat(node.price()).isEqualTo(-again);
    }
  }
}
