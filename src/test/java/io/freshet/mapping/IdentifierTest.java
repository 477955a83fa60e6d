package io.freshet.mapping;

import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Hibernate;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows as PostgreSQL prints them, and as JDBC returns them, lead to the cached entry. */
class IdentifierTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            ByLong.class,
            ByInteger.class,
            ByText.class,
            ByUuid.class,
            ByBytes.class,
            ByBig.class,
            ByDate.class,
            ByState.class,
            ByCode.class,
            ByNumeric.class,
            ByLine.class,
            BySeat.class,
            ByPart.class);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @Test
  void basicIds_rowByTextAndByJdbc_exactKey() {
    exact(ByLong.class, 1L << 40, 2L);
    exact(ByInteger.class, 1, 2);
    exact(ByText.class, "a'b", " A ");
    exact(ByUuid.class, UUID.randomUUID(), UUID.randomUUID());
    exact(ByBytes.class, new byte[] {1, -1, 0}, new byte[] {2});
    exact(ByBig.class, new BigInteger("123456789012345678901234567890"), BigInteger.ONE);
    exact(ByDate.class, LocalDate.of(2024, 2, 29), LocalDate.of(1, 1, 1));
    exact(ByState.class, State.OPEN, State.SHUT);
  }

  @Test
  void embeddedId_enumsAndDate_exactKey() {
    exact(
        ByLine.class,
        new LineId(State.SHUT, State.OPEN, LocalDate.of(2026, 1, 2), 7),
        new LineId(State.OPEN, State.OPEN, LocalDate.of(2026, 1, 2), 7));
  }

  @Test
  void idClass_withAssociation_exactKey() {
    lab.write(
        session -> {
          ByLong room = new ByLong();
          room.id = 77L;
          session.persist(room);
          for (int number = 1; number <= 2; number++) {
            BySeat seat = new BySeat();
            seat.room = room;
            seat.number = number;
            session.persist(seat);
          }
        });
    roundTrip(BySeat.class, new SeatId(77L, 1), new SeatId(77L, 2), false);
  }

  @Test
  void embeddedId_withAssociation_wholeRegion() {
    lab.write(
        session -> {
          ByLong room = new ByLong();
          room.id = 78L;
          session.persist(room);
          ByPart part = new ByPart();
          part.id = new PartId();
          part.id.room = room;
          part.id.number = 3;
          session.persist(part);
        });

    Footprint footprint =
        lab.map()
            .footprint(
                updated("by_part", List.of("note"), row("room_id", 78L, "number", 3), row()), null);

    assertThat(footprint.regions().get(ByPart.class.getName()).whole()).isTrue();
  }

  @Test
  void paddedAndScaledIds_wholeRegion() {
    wide(ByCode.class, "by_code", "ab   ");
    wide(ByNumeric.class, "by_numeric", new BigDecimal("1.00"));
  }

  @Test
  void textId_columnKnownAsInexact_wholeRegion() {
    TableMap map = TableMap.of(lab.factory, (table, column) -> !table.name().equals("by_text"));

    Footprint footprint =
        map.footprint(updated("by_text", List.of("note"), row("id", "a"), row()), null);

    assertThat(footprint.regions().get(ByText.class.getName()).whole()).isTrue();
  }

  @Test
  void idOfAnotherWidth_exactKey() {
    Footprint byInt =
        lab.map().footprint(updated("by_long", List.of("note"), row("id", 5), row()), null);
    Footprint byLong =
        lab.map().footprint(updated("by_long", List.of("note"), row("id", 5L), row()), null);

    assertThat(byInt).isEqualTo(byLong);
    assertThat(byInt.regions().get(ByLong.class.getName()).keys()).hasSize(1);
  }

  @Test
  void idThatIsNoValueOfTheType_wholeRegion() {
    wide(ByLong.class, "by_long", "5.5");
    wide(ByInteger.class, "by_integer", 1L << 40);
    wide(ByUuid.class, "by_uuid", "not a uuid");
    wide(ByState.class, "by_state", "AJAR");
    wide(ByText.class, "by_text", 42);
  }

  @Test
  void keyColumnUnknown_wholeRegion() {
    Footprint footprint =
        lab.map()
            .footprint(
                updated("by_line", List.of("note"), row("kind", "SHUT", "line", 7), row()), null);

    assertThat(footprint.regions().get(ByLine.class.getName()).whole()).isTrue();
  }

  @Test
  void unmappedColumn_entityUntouchedButQueriesStale() {
    Footprint footprint =
        lab.map().footprint(updated("by_long", List.of("unmapped"), row("id", 5), row()), null);

    assertThat(footprint.regions()).isEmpty();
    assertThat(footprint.querySpaces()).contains("by_long");
  }

  private static void wide(Class<?> type, String table, Object id) {
    Footprint footprint =
        lab.map().footprint(updated(table, List.of("note"), row("id", id), row()), null);
    assertThat(footprint.regions().get(type.getName()).whole()).as(type.getName()).isTrue();
  }

  private static void exact(Class<? extends Noted> type, Object one, Object other) {
    lab.write(
        session -> {
          session.persist(make(type, one));
          session.persist(make(type, other));
        });
    roundTrip(type, one, other, true);
  }

  private static Noted make(Class<? extends Noted> type, Object id) {
    try {
      Noted made = type.getDeclaredConstructor().newInstance();
      type.getDeclaredField("id").set(made, id);
      made.labels.add("x");
      return made;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The one row is announced as changed, the other is not, as text and by JDBC. */
  private static void roundTrip(
      Class<? extends Noted> type, Object one, Object other, boolean collections) {
    String table = lab.entity(type).getMappedTableDetails().getTableName();
    for (boolean text : new boolean[] {true, false}) {
      load(type, one, other);
      RowValues found = rowOf(table, one, text);

      Footprint footprint =
          lab.change(
              "update " + table + " set note = note",
              new RowChange(
                  TableName.of(table),
                  Operation.UPDATE,
                  found,
                  RowValues.UNKNOWN,
                  ColumnSet.of(List.of("note"))));

      assertThat(footprint.regions().get(type.getName()).keys()).as(table).hasSize(1);
      assertThat(lab.cached(type, one)).as(table).isFalse();
      assertThat(lab.cached(type, other)).as(table).isTrue();
      if (collections) {
        assertCollections(type, one, other, text);
      }
    }
  }

  private static void assertCollections(
      Class<? extends Noted> type, Object one, Object other, boolean text) {
    String table = lab.collection(type, "labels").getTableName();
    Map<String, Object> key = new LinkedHashMap<>();
    RowValues owner = rowOf(lab.entity(type).getMappedTableDetails().getTableName(), one, text);
    String[] ids = ids(type);
    List<String> columns =
        KeyReaders.columns(
            KeyReaders.selectables(
                lab.collection(type, "labels").getAttributeMapping().getKeyDescriptor()));
    for (String column : columns) {
      for (String id : ids) {
        if (column.equals(id) || column.endsWith("_" + id)) {
          key.put(column, owner.get(id));
        }
      }
    }
    lab.change(
        "update " + table + " set labels = labels",
        new RowChange(
            TableName.of(table),
            Operation.DELETE,
            new RowValues(key),
            RowValues.UNKNOWN,
            ColumnSet.ALL));
    assertThat(lab.cachedCollection(type, "labels", one)).as(table).isFalse();
    assertThat(lab.cachedCollection(type, "labels", other)).as(table).isTrue();
  }

  private static String[] ids(Class<?> type) {
    return type == ByLine.class
        ? new String[] {"kind", "phase", "day", "line"}
        : new String[] {"id"};
  }

  private static void load(Class<? extends Noted> type, Object one, Object other) {
    lab.factory.getCache().evictAllRegions();
    lab.write(
        session -> {
          Hibernate.initialize(session.find(type, one).labels);
          Hibernate.initialize(session.find(type, other).labels);
        });
    assertThat(lab.cached(type, one)).isTrue();
    assertThat(lab.cachedCollection(type, "labels", other)).isTrue();
  }

  /** The row as {@code row_to_json} prints it, or as the driver has it. */
  private static RowValues rowOf(String table, Object id, boolean text) {
    try (Connection connection = lab.database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from " + table)) {
      while (rows.next()) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          values.put(
              rows.getMetaData().getColumnName(i), text ? rows.getString(i) : rows.getObject(i));
        }
        if (sameKey(values, id)) {
          return new RowValues(values);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    throw new AssertionError("no row " + id + " in " + table);
  }

  private static boolean sameKey(Map<String, Object> values, Object id) {
    if (id instanceof LineId line) {
      return values.get("kind").toString().equals(line.kind.name());
    } else if (id instanceof SeatId seat) {
      return values.get("number").toString().equals(String.valueOf(seat.number));
    } else if (id instanceof byte[] bytes) {
      Object value = values.get("id");
      return value instanceof byte[] stored
          ? stored.length == bytes.length
          : value.toString().length() == 2 + 2 * bytes.length;
    }
    return values.get("id").toString().equals(id.toString());
  }

  enum State {
    OPEN,
    SHUT
  }

  @MappedSuperclass
  abstract static class Noted {
    String note;

    @ElementCollection
    @Column(name = "labels")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<String> labels = new HashSet<>();
  }

  @Entity(name = "by_long")
  @Cacheable
  static class ByLong extends Noted {
    @Id Long id;
  }

  @Entity(name = "by_integer")
  @Cacheable
  static class ByInteger extends Noted {
    @Id Integer id;
  }

  @Entity(name = "by_text")
  @Cacheable
  static class ByText extends Noted {
    @Id String id;
  }

  @Entity(name = "by_uuid")
  @Cacheable
  static class ByUuid extends Noted {
    @Id UUID id;
  }

  @Entity(name = "by_bytes")
  @Cacheable
  static class ByBytes extends Noted {
    @Id byte[] id;
  }

  @Entity(name = "by_big")
  @Cacheable
  static class ByBig extends Noted {
    @Id BigInteger id;
  }

  @Entity(name = "by_date")
  @Cacheable
  static class ByDate extends Noted {
    @Id LocalDate id;
  }

  @Entity(name = "by_state")
  @Cacheable
  static class ByState extends Noted {
    @Id
    @Enumerated(EnumType.STRING)
    State id;
  }

  @Entity(name = "by_code")
  @Cacheable
  static class ByCode extends Noted {
    @Id
    @JdbcTypeCode(SqlTypes.CHAR)
    @Column(length = 5)
    String id;
  }

  @Entity(name = "by_numeric")
  @Cacheable
  static class ByNumeric extends Noted {
    @Id BigDecimal id;
  }

  @Entity(name = "by_line")
  @Cacheable
  static class ByLine extends Noted {
    @EmbeddedId LineId id;
  }

  @Embeddable
  record LineId(
      @Enumerated(EnumType.STRING) State kind,
      @Enumerated(EnumType.ORDINAL) State phase,
      @Column(name = "\"day\"") LocalDate day,
      int line)
      implements Serializable {}

  @Entity(name = "by_seat")
  @Cacheable
  @IdClass(SeatId.class)
  static class BySeat extends Noted {
    @Id @ManyToOne ByLong room;
    @Id int number;
  }

  static class SeatId implements Serializable {
    Long room;
    int number;

    SeatId() {}

    SeatId(Long room, int number) {
      this.room = room;
      this.number = number;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof SeatId seat
          && Objects.equals(seat.room, room)
          && seat.number == number;
    }

    @Override
    public int hashCode() {
      return Objects.hash(room, number);
    }
  }

  @Entity(name = "by_part")
  @Cacheable
  static class ByPart {
    @EmbeddedId PartId id;
    String note;
  }

  @Embeddable
  static class PartId implements Serializable {
    @ManyToOne ByLong room;
    int number;

    @Override
    public boolean equals(Object other) {
      return other instanceof PartId part && part.number == number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }
}
