package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.List;

/** Tables with unusual names, in several schemas, partitioned, inherited, and behind views. */
class TableShapesTest extends ShapeTests {

  private static final String[] TABLES = {
    "create schema east; create schema west; create schema \"Far North\"",
    "create table event(region text, id bigint, note text, primary key (id, region))"
        + " partition by list (region)",
    "create table event_a partition of event for values in ('a')",
    "create table event_b partition of event for values in ('b') partition by list (id)",
    "create table event_b1 partition of event_b for values in (2, 4)",
    "create table base(id bigint primary key, note text)",
    "create table base_child(more text, primary key (id)) inherits (base)",
    "create table seen_base(id bigint primary key, note text, hidden boolean default false)",
    "create view seen as select id, note from seen_base where not hidden",
    "create view seen_twice as select id, upper(note) as note from seen",
    "create table stranger(id bigint primary key, note text)"
  };

  @Override
  CacheView build(String feed) {
    Class<?>[] entities = {
      Quoted.class,
      Item.class,
      EastItem.class,
      WestItem.class,
      NorthItem.class,
      Event.class,
      Base.class,
      Seen.class,
      SeenTwice.class
    };
    return CacheView.of(feed, entities, TABLES)
        .entities(Quoted.class, 1L, 2L)
        .entities(Item.class, 1L, 2L)
        .entities(EastItem.class, 1L, 2L)
        .entities(WestItem.class, 1L, 2L)
        .entities(NorthItem.class, 1L, 2L)
        .entities(Event.class, 1L, 2L, 3L)
        .entities(Base.class, 1L, 2L)
        .entities(Seen.class, 1L, 2L)
        .entities(SeenTwice.class, 1L, 2L)
        .query("quoted", "select q.note from Quoted q order by q.id")
        .query("items", "select i.note from Item i order by i.id")
        .query("eastern", "select i.note from EastItem i order by i.id")
        .query("western", "select i.note from WestItem i order by i.id")
        .query("northern", "select i.note from NorthItem i order by i.id")
        .query("events", "select e.note from Event e order by e.id")
        .query("bases", "select b.note from Base b order by b.id")
        .query("all seen", "select s.note from Seen s order by s.id")
        .query("all seen twice", "select s.note from SeenTwice s order by s.id");
  }

  @Override
  String[] seed() {
    List<String> sql = new ArrayList<>();
    sql.add(
        "truncate \"Mixed Case\", public.item, east.item, west.item, \"Far North\".\"Item\","
            + " base, seen_base, stranger");
    // TRUNCATE of partitions has the feed of the WAL begin anew
    sql.add("delete from event");
    sql.add("insert into \"Mixed Case\"(\"Id\", \"A Note\") values (1, '1'), (2, '2')");
    for (String table :
        List.of(
            "item", "east.item", "west.item", "\"Far North\".\"Item\"", "seen_base", "stranger")) {
      sql.add("insert into " + table + "(id, note) values (1, '1'), (2, '2')");
    }
    sql.add("insert into event(region, id, note) values ('a', 1, '1'), ('b', 2, '2')");
    sql.add("insert into base(id, note) values (1, '1')");
    sql.add("insert into base_child(id, note) values (2, '2')");
    return sql.toArray(String[]::new);
  }

  @OnBothFeeds
  void quotedAndMixedCase_exactEntry(String feed) {
    CacheView view = view(feed);

    view.after("update \"Mixed Case\" set \"A Note\" = 'n' where \"Id\" = 1", "Quoted#1", "quoted");
    view.after("delete from \"Mixed Case\" where \"Id\" = 2", "Quoted#2", "quoted");
    view.after("insert into \"Mixed Case\"(\"Id\", \"A Note\") values (2, 'again')", "quoted");
    view.after("update \"Mixed Case\" set \"Id\" = 3 where \"Id\" = 1", "Quoted#1", "quoted");
  }

  @OnBothFeeds
  void tablesOfOneName_inSeveralSchemas_areToldApart(String feed) {
    CacheView view = view(feed);

    view.after("update east.item set note = 'n' where id = 1", "EastItem#1", "eastern");
    view.after("update west.item set note = 'n' where id = 1", "WestItem#1", "western");
    view.after("update public.item set note = 'n' where id = 1", "Item#1", "items");
    view.after(
        "update \"Far North\".\"Item\" set note = 'n' where id = 1", "NorthItem#1", "northern");
    view.after("truncate west.item", "WestItem#1", "WestItem#2", "western");
    view.after("delete from east.item where id = 2", "EastItem#2", "eastern");
  }

  @OnBothFeeds
  void writersSearchPath_decidesWhatItWrites(String feed) {
    CacheView view = view(feed);

    view.after(
        "set search_path = west, public; update item set note = 's' where id = 2",
        "WestItem#2",
        "western");
    view.after(
        "set search_path = east, west; delete from item where id = 1", "EastItem#1", "eastern");
    view.after("update item set id = 7 where id = 1", "Item#1", "items");
    view.after(
        "set search_path = ''; update \"Far North\".\"Item\" set note = 'p' where id = 2",
        "NorthItem#2",
        "northern");
  }

  @OnBothFeeds
  void partitioned_throughTheParent_andStraightToALeaf_exactEntry(String feed) {
    CacheView view = view(feed);

    updated(feed, view, "update event set note = 'n' where id = 1", "Event#1");
    updated(feed, view, "update event_b1 set note = 'n' where id = 2", "Event#2");
    updated(feed, view, "update event_b set note = 'm' where id = 2", "Event#2");
    view.after("insert into event_a(region, id, note) values ('a', 3, '3')", "events");
    view.after("delete from event_a where id = 3", "Event#3", "events");
    view.after("delete from event where id = 2", "Event#2", "events");
  }

  /**
   * The WAL says of a partition's row as much about the old one as that partition's replica
   * identity logs, and as the partitioned table: without the old row, the region falls.
   */
  private static void updated(String feed, CacheView view, String statement, String entity) {
    if (!Nodes.byTriggers(feed)) {
      view.nodes.outside(statement);
      view.lost(view.held("Event#", "events"));
    } else {
      view.after(statement, entity, "events");
    }
  }

  @OnBothFeeds
  void partitioned_rowMovesToAnotherPartition_isFresh(String feed) {
    CacheView view = view(feed);

    view.nodes.outside(
        "begin; update event set id = 4 where id = 2;"
            + " update event set region = 'b', id = 2, note = 'moved' where id = 1; commit");
    view.lost(view.held("Event#", "events"));
    view.nodes.outside("update event set id = 1, region = 'a' where id = 2");
    view.lost(view.held("Event#", "events"));
  }

  @OnBothFeeds
  void partitioned_leafTruncated_takesTheTable(String feed) {
    CacheView view = view(feed);

    view.nodes.outside("truncate event_b1");
    if (Nodes.byTriggers(feed)) {
      view.lost("Event#1", "Event#2", "events");
    } else {
      // not in the WAL's stream: the feed notices another file, and begins anew
      view.fresh();
    }
  }

  @OnBothFeeds
  void partitionAttachedLater_writtenStraightTo_isTold(String feed) {
    CacheView view = view(feed);
    view.nodes.outside(
        "create table if not exists event_c(region text, id bigint, note text)",
        "truncate event_c",
        "insert into event_c values ('c', 3, '3')",
        "alter table event_c alter region set not null",
        "alter table event_c alter id set not null",
        "alter table event attach partition event_c for values in ('c')");
    try {
      // the feeds have noticed by now, and begun anew
      view.fresh();
      view.nodes.settle();
      view.fresh();

      updated(feed, view, "update event_c set note = 'n' where id = 3", "Event#3");
      updated(feed, view, "update event set note = 'm' where region = 'c'", "Event#3");
    } finally {
      view.nodes.outside("alter table event detach partition event_c", "drop table event_c");
    }
  }

  @OnBothFeeds
  void inherited_rowsOfParentAndChild_areFresh_andTakeNoOtherTables(String feed) {
    CacheView view = view(feed);

    if (Nodes.byTriggers(feed)) {
      view.after("update base_child set note = 'n' where id = 2", "Base#2", "bases");
      view.after("update only base set note = 'n' where id = 1", "Base#1", "bases");
      view.after("delete from base where id = 2", "Base#2", "bases");
    } else {
      // the WAL names a child by its own name; what its columns are to the parent is not looked up
      view.after("update base_child set note = 'n' where id = 2", "Base#1", "Base#2", "bases");
      view.after("update only base set note = 'n' where id = 1", "Base#1", "bases");
      view.after("delete from base where id = 2", "Base#1", "Base#2", "bases");
    }
  }

  @OnBothFeeds
  void view_itsBaseTableWritten_takesItsRegion(String feed) {
    CacheView view = view(feed);
    String[] all = {"Seen#1", "Seen#2", "SeenTwice#1", "SeenTwice#2", "all seen", "all seen twice"};

    // which rows a view makes of a row is not known
    view.after("update seen_base set note = 'n' where id = 1", all);
    view.after("update seen set note = 'through' where id = 1", all);
    view.after("update seen_base set hidden = true where id = 2", all);
    view.after(
        "insert into seen_base(id, note) values (3, '3')",
        "Seen#1",
        "SeenTwice#1",
        "all seen",
        "all seen twice");
  }

  @OnBothFeeds
  void viewMadeAnew_overAnotherTable_isFreshFromThenOn(String feed) {
    CacheView view = view(feed);
    view.nodes.outside(
        "drop table if exists elsewhere cascade",
        "create table elsewhere(id bigint primary key, note text)",
        "insert into elsewhere values (1, 'there'), (2, 'too')",
        "create or replace view seen as select id, note from elsewhere");
    view.fresh();

    view.nodes.outside("update elsewhere set note = 'changed' where id = 1");

    assertThat(view.answer(view.nodes.one, "Seen#1")).contains("changed");
    view.fresh();
    view.nodes.outside(
        "create or replace view seen as select id, note from seen_base where not hidden",
        "drop table elsewhere");
  }

  @OnBothFeeds
  void unmappedTable_evictsNothing_andCostsNoMessage(String feed) {
    CacheView view = view(feed);
    long messages = Nodes.feed(view.nodes.one).counts().messages();
    long evictions = Nodes.evictions(view.nodes.one);

    view.after("update stranger set note = 'n'");
    view.after("truncate stranger");

    assertThat(Nodes.feed(view.nodes.one).counts().messages()).isEqualTo(messages);
    assertThat(Nodes.evictions(view.nodes.one)).isEqualTo(evictions);
  }

  @Entity(name = "Quoted")
  @Table(name = "\"Mixed Case\"")
  @Cacheable
  static class Quoted {
    @Id
    @Column(name = "\"Id\"")
    Long id;

    @Column(name = "\"A Note\"")
    String note;
  }

  @Entity(name = "Item")
  @Table(name = "item")
  @Cacheable
  static class Item {
    @Id Long id;
    String note;
  }

  @Entity(name = "EastItem")
  @Table(name = "item", schema = "east")
  @Cacheable
  static class EastItem {
    @Id Long id;
    String note;
  }

  @Entity(name = "WestItem")
  @Table(name = "item", schema = "west")
  @Cacheable
  static class WestItem {
    @Id Long id;
    String note;
  }

  @Entity(name = "NorthItem")
  @Table(name = "\"Item\"", schema = "\"Far North\"")
  @Cacheable
  static class NorthItem {
    @Id Long id;
    String note;
  }

  @Entity(name = "Event")
  @Table(name = "event")
  @Cacheable
  static class Event {
    @Id Long id;
    String region;
    String note;
  }

  @Entity(name = "Base")
  @Table(name = "base")
  @Cacheable
  static class Base {
    @Id Long id;
    String note;
  }

  @Entity(name = "Seen")
  @Table(name = "seen")
  @Cacheable
  static class Seen {
    @Id Long id;
    String note;
  }

  @Entity(name = "SeenTwice")
  @Table(name = "seen_twice")
  @Cacheable
  static class SeenTwice {
    @Id Long id;
    String note;
  }
}
