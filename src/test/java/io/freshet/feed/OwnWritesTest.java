package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.region;
import static io.freshet.feed.Nodes.settle;
import static io.freshet.feed.Nodes.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.EvictionCause;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The feed brings a node's own changes back: what it has cached itself survives that where it is
 * the row, and nowhere else.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OwnWritesTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.FEEDS;

  /** As a flush writes it, so it is. */
  @Entity(name = "Plain")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Plain {
    @Id long id;
    @Version int version;
    String name;
  }

  /** As {@link Plain}, without a version. */
  @Entity(name = "Bare")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Bare {
    @Id long id;
    String name;
  }

  /** A BEFORE trigger has the last word. */
  @Entity(name = "Shouted")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Shouted {
    @Id long id;
    String name;
  }

  /** An AFTER trigger writes the row once more. */
  @Entity(name = "Counted")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Counted {
    @Id long id;
    String name;
    int changes;
  }

  private static final Class<?>[] ENTITIES = {
    Plain.class, Bare.class, Shouted.class, Counted.class
  };

  private static final String[] SCHEMA = {
    "create table plain (id bigint primary key, version int not null, name varchar(255))",
    "create table bare (id bigint primary key, name varchar(255))",
    "create table shouted (id bigint primary key, name varchar(255))",
    "create table counted (id bigint primary key, name varchar(255), changes int not null default 0)",
    "create function shout() returns trigger language plpgsql as"
        + " 'begin new.name := upper(new.name); return new; end'",
    "create trigger shout before update on shouted for each row execute function shout()",
    "create function count_change() returns trigger language plpgsql as"
        + " 'begin update counted set changes = changes + 1 where id = new.id; return null; end'",
    "create trigger count_change after update of name on counted"
        + " for each row execute function count_change()",
  };

  private final Map<String, Nodes> stages = new HashMap<>();

  private Nodes stage(String feed) {
    Nodes nodes = stages.computeIfAbsent(feed, f -> Nodes.of(f, ENTITIES, SCHEMA));
    nodes.outside(
        "truncate plain, bare, shouted, counted",
        "insert into plain values (1, 0, 'a'), (2, 0, 'b')",
        "insert into bare values (1, 'a'), (2, 'b')",
        "insert into shouted values (1, 'a')",
        "insert into counted values (1, 'a')");
    nodes.warm(
        s -> {
          for (Class<?> entity : ENTITIES) {
            s.find(entity, 1L);
          }
          s.find(Plain.class, 2L);
          s.find(Bare.class, 2L);
        });
    return nodes;
  }

  @AfterAll
  void close() {
    stages.values().forEach(Nodes::close);
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void flushedUpdate_entrySurvivesItsOwnEcho_andOtherNodesEvict(String feed) {
    Nodes nodes = stage(feed);

    write(nodes.one, s -> s.find(Plain.class, 1L).name = "changed");
    write(nodes.one, s -> s.find(Bare.class, 1L).name = "changed");
    nodes.settle();

    assertThat(holds(nodes.one, Plain.class, 1L)).isTrue();
    assertThat(holds(nodes.one, Bare.class, 1L)).isTrue();
    assertThat(holds(nodes.other, Plain.class, 1L)).isFalse();
    assertThat(holds(nodes.other, Bare.class, 1L)).isFalse();
    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(name(node, 1)).isEqualTo("changed");
      assertThat(bareName(node, 1)).isEqualTo("changed");
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void flushedUpdate_thatLeavesTheRowAsItIs_survivesToo(String feed) {
    Nodes nodes = stage(feed);
    // the row is changed and changed back past the node's knowledge of it
    nodes.database.execute("update bare set name = 'x' where id = 1");
    nodes.settle();
    write(
        nodes.one,
        s -> {
          Bare bare = s.find(Bare.class, 1L);
          nodes.database.execute("update bare set name = 'y' where id = 1");
          bare.name = "y";
        });
    nodes.settle();

    assertThat(bareName(nodes.one, 1)).isEqualTo("y");
    nodes.outside("update bare set name = 'z' where id = 1");
    assertThat(bareName(nodes.one, 1)).isEqualTo("z");
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void changeFromOutside_rightAfterAFlush_isNotTakenForItsEcho(String feed) {
    Nodes nodes = stage(feed);
    for (int i = 0; i < 50; i++) {
      String flushed = "flush " + i;
      String outside = "outside " + i;
      write(nodes.one, s -> s.find(Bare.class, 1L).name = flushed);
      nodes.database.execute("update bare set name = '" + outside + "' where id = 1");
      settle(nodes.one);

      assertThat(bareName(nodes.one, 1)).isEqualTo(outside);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void rowRewrittenByATrigger_isReloaded(String feed) {
    Nodes nodes = stage(feed);

    write(nodes.one, s -> s.find(Shouted.class, 1L).name = "loud");
    assertThat(shouted(nodes.one)).isEqualTo("LOUD");
    nodes.settle();

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(shouted(node)).isEqualTo("LOUD");
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void rowWrittenOnceMoreByATrigger_isReloaded(String feed) {
    Nodes nodes = stage(feed);

    write(nodes.one, s -> s.find(Counted.class, 1L).name = "changed");
    nodes.settle();

    for (SessionFactoryImplementor node : nodes.both()) {
      int changes = read(node, s -> s.find(Counted.class, 1L).changes);
      assertThat(changes).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void commitThatFails_leavesNothingBehind(String feed) {
    Nodes nodes = stage(feed);
    nodes.outside(
        "create table if not exists allowed (name varchar(255) primary key)",
        "insert into allowed values ('a'), ('b') on conflict do nothing",
        "alter table bare add constraint allowed foreign key (name) references allowed (name)"
            + " deferrable initially deferred");
    try {
      assertThatThrownBy(() -> write(nodes.one, s -> s.find(Bare.class, 1L).name = "refused"))
          .rootCause()
          .hasMessageContaining("allowed");
      nodes.outside("update bare set name = 'b' where id = 1");

      assertThat(bareName(nodes.one, 1)).isEqualTo("b");
    } finally {
      nodes.outside("alter table bare drop constraint allowed");
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void snapshotFromBeforeTheCommit_cachesNothingOld(String feed) {
    Nodes nodes = stage(feed);
    write(
        nodes.one,
        s -> {
          s.doWork(
              connection -> {
                try (var statement = connection.createStatement()) {
                  statement.execute("set transaction isolation level repeatable read");
                }
              });
          // the snapshot is taken by the first statement
          s.createNativeQuery("select count(*) from bare", Long.class).getSingleResult();
          nodes.outside("update plain set name = 'new', version = 7 where id = 1");
          assertThat(s.find(Plain.class, 1L).name).isEqualTo("a");
        });

    assertThat(holds(nodes.one, Plain.class, 1L)).isFalse();
    assertThat(name(nodes.one, 1)).isEqualTo("new");
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void flushes_inNumbers_areNotEvictedByTheFeed(String feed) {
    Nodes nodes = stage(feed);
    long before = evictionsByFeed(nodes.one);

    for (int i = 0; i < 20; i++) {
      String name = "n" + i;
      write(nodes.one, s -> s.find(Plain.class, 2L).name = name);
    }
    nodes.settle();

    assertThat(evictionsByFeed(nodes.one)).isEqualTo(before);
    assertThat(name(nodes.other, 2)).isEqualTo("n19");
  }

  /** More rows than the feed names: it tells of the table, and the echo of no row comes. */
  @Test
  void flushedUpdates_toldAsTheirTable_claimNobodyElsesChange() {
    try (Nodes nodes =
        Nodes.of("wal", settings -> settings.with("freshet.max_keys", "3"), ENTITIES, SCHEMA)) {
      nodes.outside("insert into bare select i, 'a' from generate_series(1, 10) i");
      write(
          nodes.one,
          s -> {
            for (long id = 1; id <= 10; id++) {
              s.find(Bare.class, id).name = "flushed";
            }
          });
      awaitThat(() -> !holds(nodes.one, Bare.class, 1L));
      awaitThat(() -> bareName(nodes.one, 1).equals("flushed") && holds(nodes.one, Bare.class, 1L));

      nodes.outside("update bare set name = 'outside' where id = 1");

      assertThat(bareName(nodes.one, 1)).isEqualTo("outside");
    }
  }

  private static long evictionsByFeed(SessionFactoryImplementor node) {
    return region(node, Plain.class.getName()).evictions().get(EvictionCause.FEED);
  }

  private static String name(SessionFactoryImplementor node, long id) {
    return read(node, s -> s.find(Plain.class, id).name);
  }

  private static String bareName(SessionFactoryImplementor node, long id) {
    return read(node, s -> s.find(Bare.class, id).name);
  }

  private static String shouted(SessionFactoryImplementor node) {
    return read(node, s -> s.find(Shouted.class, 1L).name);
  }
}
