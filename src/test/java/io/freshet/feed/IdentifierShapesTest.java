package io.freshet.feed;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.OneToOne;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** Identifiers of all kinds: the row's key, as PostgreSQL prints it, leads to the entry. */
class IdentifierShapesTest extends ShapeTests {

  private static final UUID U1 = UUID.fromString("00000000-0000-4000-8000-00000000000a");
  private static final UUID U2 = UUID.fromString("00000000-0000-4000-8000-00000000000b");
  private static final CopyId C1 = new CopyId(new Isbn(1), 1);
  private static final CopyId C2 = new CopyId(new Isbn(2), 1);
  private static final LineId L1 = new LineId("a", 1);
  private static final LineId L2 = new LineId("a", 2);
  private static final LineId L3 = new LineId("b", 1);
  private static final PairId P1 = new PairId("a", 1L);
  private static final PairId P2 = new PairId("b", 1L);
  private static final SeatId S1 = new SeatId(1, 1L);
  private static final SeatId S2 = new SeatId(2, 1L);
  private static final SeatId S3 = new SeatId(1, 2L);

  /** Keys of tables that exist have their columns in another order than Hibernate's. */
  private static final String[] TABLES = {
    "create table by_line(note text, nr int, zone varchar(9), primary key (nr, zone))",
    "create table by_line_tags(nr int, zone varchar(9), tags text, foreign key (zone, nr)"
        + " references by_line (zone, nr))",
    "create table by_pair(b bigint, note text, a text, primary key (b, a))",
    "create table by_seat(number int, room_id bigint, note text, primary key (number, room_id))",
    "create table by_code(id char(5) primary key, note text)",
    "create table by_text(id text primary key, note text)",
    "create table by_numeric(id numeric(10, 2) primary key, note text)"
  };

  @Override
  CacheView build(String feed) {
    Class<?>[] entities = {
      ByUuid.class,
      ByText.class,
      ByVarchar.class,
      ByState.class,
      ByConverted.class,
      ByLine.class,
      ByPair.class,
      Room.class,
      Desk.class,
      BySeat.class,
      ByCode.class,
      ByNumeric.class
    };
    return CacheView.of(feed, entities, TABLES)
        .entities(ByUuid.class, U1, U2)
        .entities(ByText.class, "a'b", " A ", "\\\"ä")
        .entities(ByVarchar.class, "x", "X")
        .entities(ByState.class, State.OPEN, State.SHUT)
        .entities(ByConverted.class, C1, C2)
        .entities(ByLine.class, L1, L2, L3)
        .collections(ByLine.class, "tags", L1, L2, L3)
        .entities(ByPair.class, P1, P2)
        .entities(Room.class, 1L, 2L)
        .entities(Desk.class, 1L, 2L)
        .entities(BySeat.class, S1, S2, S3)
        .entities(ByCode.class, "ab   ", "cd   ")
        .entities(ByNumeric.class, new BigDecimal("1.00"), new BigDecimal("2.00"));
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate by_uuid, by_text, by_varchar, by_state, by_converted, by_line, by_line_tags,"
          + " by_pair, room, desk, by_seat, by_code, by_numeric cascade",
      "insert into by_uuid(id, note) values ('" + U1 + "', '1'), ('" + U2 + "', '2')",
      "insert into by_text(id, note) values ('a''b', '1'), (' A ', '2'), ('\\\"ä', '3')",
      "insert into by_varchar(id, note) values ('x', '1'), ('X', '2')",
      "insert into by_state(id, note) values ('OPEN', '1'), ('SHUT', '2')",
      "insert into by_converted(isbn, copy, note) values ('isbn-1', 1, '1'), ('isbn-2', 1, '2')",
      "insert into by_line(zone, nr, note) values ('a', 1, '1'), ('a', 2, '2'), ('b', 1, '3')",
      "insert into by_line_tags(zone, nr, tags) values ('a', 1, 't'), ('a', 2, 'u')",
      "insert into by_pair(a, b, note) values ('a', 1, '1'), ('b', 1, '2')",
      "insert into room(id, note) values (1, '1'), (2, '2')",
      "insert into desk(room_id, note) values (1, '1'), (2, '2')",
      "insert into by_seat(room_id, number, note) values (1, 1, '1'), (1, 2, '2'), (2, 1, '3')",
      "insert into by_code(id, note) values ('ab', '1'), ('cd', '2')",
      "insert into by_numeric(id, note) values (1, '1'), (2, '2')"
    };
  }

  /** One row updated, deleted, inserted again, and given another key. */
  private static void all(
      CacheView view, String table, String where, String deleted, String columns, String... gone) {
    view.after("update " + table + " set note = 'new' where " + where, gone);
    view.after("delete from " + table + " where " + where, gone);
    view.after(
        "insert into " + table + " (" + columns + ", note) values (" + deleted + ", 'again')");
    view.fresh();
  }

  @OnBothFeeds
  void uuid_exactEntry(String feed) {
    CacheView view = view(feed);
    all(view, "by_uuid", "id = '" + U1 + "'", "'" + U1 + "'", "id", "ByUuid#" + U1);
    view.after(
        "update by_uuid set id = '" + UUID.randomUUID() + "' where id = '" + U2 + "'",
        "ByUuid#" + U2);
  }

  @OnBothFeeds
  void text_exactEntry(String feed) {
    CacheView view = view(feed);
    all(view, "by_text", "id = 'a''b'", "'a''b'", "id", "ByText#a'b");
    all(view, "by_text", "id = ' A '", "' A '", "id", "ByText# A ");
    all(view, "by_text", "id = '\\\"ä'", "'\\\"ä'", "id", "ByText#\\\"ä");
    all(view, "by_varchar", "id = 'x'", "'x'", "id", "ByVarchar#x");
    view.after("update by_varchar set id = 'y' where id = 'x'", "ByVarchar#x");
  }

  @OnBothFeeds
  void enum_exactEntry(String feed) {
    CacheView view = view(feed);
    all(view, "by_state", "id = 'OPEN'", "'OPEN'", "id", "ByState#OPEN");
  }

  @OnBothFeeds
  void converted_takesItsRegion(String feed) {
    CacheView view = view(feed);

    // a converter may make equal identifiers of different texts
    all(
        view,
        "by_converted",
        "isbn = 'isbn-1'",
        "'isbn-1', 1",
        "isbn, copy",
        "ByConverted#" + C1,
        "ByConverted#" + C2);
  }

  @OnBothFeeds
  void embeddedId_columnsInAnotherOrder_exactEntryAndCollection(String feed) {
    CacheView view = view(feed);
    view.after("update by_line set note = 'new' where zone = 'a' and nr = 1", "ByLine#" + L1);
    view.after(
        "insert into by_line_tags(zone, nr, tags) values ('b', 1, 'v')", "ByLine.tags#" + L3);
    view.after("update by_line_tags set tags = 'w' where nr = 2", "ByLine.tags#" + L2);
    view.after(
        "update by_line_tags set zone = 'b', nr = 1 where tags = 'w'",
        "ByLine.tags#" + L2,
        "ByLine.tags#" + L3);
    view.after("delete from by_line where nr = 2", "ByLine#" + L2);
    view.after("insert into by_line(zone, nr) values ('a', 2)");
    view.after("delete from by_line_tags where zone = 'b'", "ByLine.tags#" + L3);
    view.after("update by_line set zone = 'c' where zone = 'b'", "ByLine#" + L3);
  }

  @OnBothFeeds
  void idClass_columnsInAnotherOrder_exactEntry(String feed) {
    CacheView view = view(feed);
    all(view, "by_pair", "a = 'a'", "'a', 1", "a, b", "ByPair#" + P1);
    view.after("update by_pair set b = 9 where a = 'b'", "ByPair#" + P2);
  }

  @OnBothFeeds
  void association_asIdentifier_exactEntry(String feed) {
    CacheView view = view(feed);
    all(view, "desk", "room_id = 1", "1", "room_id", "Desk#1");
    all(view, "by_seat", "room_id = 1 and number = 2", "1, 2", "room_id, number", "BySeat#" + S2);
    view.after("update room set note = 'new' where id = 2", "Room#2");
  }

  @OnBothFeeds
  void paddedAndScaled_takeTheirRegions(String feed) {
    CacheView view = view(feed);

    // equal in SQL, different in Java: 'ab' and 'ab   ', 1.0 and 1.00
    all(view, "by_code", "id = 'ab'", "'ab'", "id", "ByCode#ab   ", "ByCode#cd   ");
    view.after("update by_code set note = 'back' where id = 'ab'", "ByCode#ab   ", "ByCode#cd   ");
    view.after(
        "update by_numeric set note = 'new' where id = 1", "ByNumeric#1.00", "ByNumeric#2.00");
    view.after("update by_numeric set id = 3 where id = 1", "ByNumeric#1.00", "ByNumeric#2.00");
  }

  enum State {
    OPEN,
    SHUT
  }

  record Isbn(int number) implements Serializable {}

  static final class IsbnConverter implements AttributeConverter<Isbn, String> {
    @Override
    public String convertToDatabaseColumn(Isbn isbn) {
      return isbn == null ? null : "isbn-" + isbn.number();
    }

    @Override
    public Isbn convertToEntityAttribute(String text) {
      return text == null ? null : new Isbn(Integer.parseInt(text.substring(5)));
    }
  }

  @Embeddable
  record CopyId(@Convert(converter = IsbnConverter.class) Isbn isbn, int copy)
      implements Serializable {}

  @Embeddable
  record LineId(String zone, int nr) implements Serializable {}

  record PairId(String a, Long b) implements Serializable {}

  record SeatId(int number, Long room) implements Serializable {}

  @Entity
  @Table(name = "by_uuid")
  @Cacheable
  static class ByUuid {
    @Id UUID id;
    String note;
  }

  @Entity
  @Table(name = "by_text")
  @Cacheable
  static class ByText {
    @Id
    @Column(columnDefinition = "text")
    String id;

    String note;
  }

  @Entity
  @Table(name = "by_varchar")
  @Cacheable
  static class ByVarchar {
    @Id String id;
    String note;
  }

  @Entity
  @Table(name = "by_state")
  @Cacheable
  static class ByState {
    @Id
    @Enumerated(EnumType.STRING)
    State id;

    String note;
  }

  @Entity
  @Table(name = "by_converted")
  @Cacheable
  static class ByConverted {
    @EmbeddedId CopyId id;

    String note;
  }

  @Entity
  @Table(name = "by_line")
  @Cacheable
  static class ByLine {
    @EmbeddedId LineId id;
    String note;

    @ElementCollection
    @jakarta.persistence.CollectionTable(
        name = "by_line_tags",
        joinColumns = {
          @jakarta.persistence.JoinColumn(name = "zone", referencedColumnName = "zone"),
          @jakarta.persistence.JoinColumn(name = "nr", referencedColumnName = "nr")
        })
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<String> tags = new HashSet<>();
  }

  @Entity
  @Table(name = "by_pair")
  @IdClass(PairId.class)
  @Cacheable
  static class ByPair {
    @Id String a;
    @Id Long b;
    String note;
  }

  @Entity
  @Table(name = "room")
  @Cacheable
  static class Room {
    @Id Long id;
    String note;
  }

  @Entity
  @Table(name = "desk")
  @Cacheable
  static class Desk {
    @Id Long id;

    @MapsId
    @OneToOne(fetch = FetchType.LAZY)
    Room room;

    String note;
  }

  @Entity
  @Table(name = "by_seat")
  @IdClass(SeatId.class)
  @Cacheable
  static class BySeat {
    @Id int number;

    @Id
    @ManyToOne(fetch = FetchType.LAZY)
    Room room;

    String note;
  }

  @Entity
  @Table(name = "by_code")
  @Cacheable
  static class ByCode {
    @Id
    @JdbcTypeCode(SqlTypes.CHAR)
    @Column(columnDefinition = "char(5)")
    String id;

    String note;
  }

  @Entity
  @Table(name = "by_numeric")
  @Cacheable
  static class ByNumeric {
    @Id
    @Column(precision = 10, scale = 2)
    BigDecimal id;

    String note;
  }
}
