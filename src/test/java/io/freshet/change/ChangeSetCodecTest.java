package io.freshet.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.testing.TestDatabase;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeSetCodecTest {

  @Property(tries = 500)
  void decode_ofEncoded_givesTheSameChangeSet(@ForAll("changeSets") ChangeSet changes)
      throws MalformedChangeSetException {
    assertThat(ChangeSetCodec.decode(ChangeSetCodec.encode(changes))).isEqualTo(changes);
  }

  @Property(tries = 500)
  void decode_ofDamagedText_answersOrRefuses(
      @ForAll("changeSets") ChangeSet changes, @ForAll int cut, @ForAll char damage) {
    StringBuilder text = new StringBuilder(ChangeSetCodec.encode(changes));
    text.setCharAt(Math.floorMod(cut, text.length()), damage);
    try {
      assertThat(ChangeSetCodec.decode(text.toString())).isNotNull();
    } catch (MalformedChangeSetException e) {
      assertThat(e).hasMessageMatching("(?s).*\\(line \\d+, column \\d+\\)");
    }
  }

  @Test
  void encode_rowChange_isCompact() {
    RowChange change =
        new RowChange(
            new TableName("public", "product"),
            Operation.UPDATE,
            RowValues.of("id", 42),
            RowValues.UNKNOWN,
            ColumnSet.of(Set.of("price", "name")));
    assertThat(ChangeSetCodec.encode(new ChangeSet(List.of(change))))
        .isEqualTo(
            "{\"v\":1,\"c\":[{\"t\":\"product\",\"s\":\"public\",\"o\":\"U\","
                + "\"b\":{\"id\":42},\"k\":[\"name\",\"price\"]}]}");
  }

  @Test
  void decode_unknownFields_areSkipped() throws MalformedChangeSetException {
    assertThat(
            ChangeSetCodec.decode(
                "{\"x\":{\"y\":[1,{}]},\"v\":1,\"c\":[{\"z\":[[]],\"t\":\"p\",\"o\":\"*\",\"q\":null}]}"))
        .isEqualTo(new ChangeSet(List.of(TableChange.anything(TableName.of("p")))));
  }

  @Test
  void decode_rowOfWhichNothingIsKnown_staysARow() throws MalformedChangeSetException {
    RowChange change =
        new RowChange(
            TableName.of("p"), Operation.ANY, RowValues.UNKNOWN, RowValues.UNKNOWN, ColumnSet.NONE);
    ChangeSet changes = new ChangeSet(List.of(change));
    assertThat(ChangeSetCodec.decode(ChangeSetCodec.encode(changes))).isEqualTo(changes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~ | a change set should be an object, but is missing",
        "nonsense | not JSON",
        "[] | a change set should be an object, but is an array",
        "{\"v\":1,\"c\":[] | not JSON",
        "{\"c\":[]} | the version \"v\" is missing",
        "{\"v\":2,\"c\":[]} | version 2, but only 1 is known",
        "{\"v\":\"1\",\"c\":[]} | the version \"v\" should be an integer, but is a string",
        "{\"v\":1} | the changes \"c\" are missing",
        "{\"v\":1,\"c\":{}} | the changes \"c\" should be an array, but is an object",
        "{\"v\":1,\"c\":[]} x | not JSON",
        "{\"v\":1,\"c\":[]} {} | more text after the change set",
        "{\"v\":1,\"v\":1,\"c\":[]} | not JSON",
        "{\"v\":1,\"c\":[1]} | a change should be an object, but is an integer",
        "{\"v\":1,\"c\":[{}]} | neither a table \"t\" nor a reason \"u\"",
        "{\"v\":1,\"c\":[{\"t\":\"p\"}]} | the change of p has no operation \"o\"",
        "{\"v\":1,\"c\":[{\"t\":\" \",\"o\":\"I\"}]} | a table name must not be blank",
        "{\"v\":1,\"c\":[{\"t\":null,\"o\":\"I\"}]} | the table \"t\" should be a string, but is null",
        "{\"v\":1,\"c\":[{\"t\":\"p\",\"o\":\"X\"}]} | the operation \"X\" is none of I, U, D, T, *",
        "{\"v\":1,\"c\":[{\"t\":\"p\",\"o\":\"T\",\"b\":{}}]} | TRUNCATE of p names no row",
        "{\"v\":1,\"c\":[{\"t\":\"p\",\"o\":\"U\",\"b\":[]}]} | the old row \"b\" should be an object",
        "{\"v\":1,\"c\":[{\"t\":\"p\",\"o\":\"U\",\"a\":{\"id\":[1]}}]} | the value of column id",
        "{\"v\":1,\"c\":[{\"t\":\"p\",\"o\":\"U\",\"k\":[1]}]} | one of the columns \"k\" should be a string",
      })
  void decode_malformedText_saysWhatAndWhere(String text, String message) {
    assertThatThrownBy(() -> ChangeSetCodec.decode(text))
        .isInstanceOf(MalformedChangeSetException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("(line 1, column ");
  }

  @Test
  void encode_otherJavaValues_readAsPostgresPrintsThem() throws Exception {
    Map<String, Object> casts = new LinkedHashMap<>();
    casts.put("uuid", UUID.fromString("0190f3a2-7c11-7000-8000-000000000001"));
    casts.put("date", LocalDate.of(2026, 11, 21));
    casts.put("pg_catalog.date", LocalDate.of(-43, 3, 15));
    casts.put("DATE", LocalDate.of(12026, 1, 2));
    casts.put("time", LocalTime.of(7, 5));
    casts.put("timestamp", LocalDateTime.of(2026, 11, 21, 10, 0, 0, 120_000_000));
    casts.put("timestamp without time zone", LocalDateTime.of(2026, 1, 1, 0, 0, 0, 999_999_600));
    casts.put("timestamptz", OffsetDateTime.of(2026, 11, 21, 10, 0, 1, 0, ZoneOffset.ofHours(2)));
    casts.put("bytea", new byte[] {0, 1, (byte) 0xff});
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect();
        Statement session = connection.createStatement()) {
      session.execute("set timezone = 'UTC'");
      for (Map.Entry<String, Object> cast : casts.entrySet()) {
        try (PreparedStatement statement =
            connection.prepareStatement("select ((? :: " + cast.getKey() + ")) :: text")) {
          statement.setObject(1, cast.getValue());
          try (ResultSet row = statement.executeQuery()) {
            assertThat(row.next()).isTrue();
            assertThat(roundTrip(cast.getValue())).isEqualTo(row.getString(1));
          }
        }
      }
    }
  }

  @Test
  void encode_valuesWithoutJsonForm_readAsText() throws MalformedChangeSetException {
    assertThat(roundTrip(Double.NaN)).isEqualTo("NaN");
    assertThat(roundTrip(1.5f)).isEqualTo(new BigDecimal("1.5"));
    assertThat(roundTrip((short) 7)).isEqualTo(7L);
    assertThat(roundTrip(BigInteger.TEN.pow(200))).isEqualTo("1" + "0".repeat(200));
    assertThat(roundTrip(Operation.ANY)).isEqualTo("ANY");
    assertThat(roundTrip(Instant.EPOCH)).isEqualTo("1970-01-01 00:00:00+00");
    assertThat(roundTrip('x')).isEqualTo("x");
  }

  private static Object roundTrip(Object value) throws MalformedChangeSetException {
    RowChange change =
        new RowChange(
            TableName.of("t"),
            Operation.UPDATE,
            RowValues.of("c", value),
            RowValues.UNKNOWN,
            ColumnSet.ALL);
    String text = ChangeSetCodec.encode(new ChangeSet(List.of(change)));
    return ((RowChange) ChangeSetCodec.decode(text).changes().get(0)).before().get("c");
  }

  @Provide
  Arbitrary<ChangeSet> changeSets() {
    return Arbitraries.oneOf(rows(), tables(), Arbitraries.strings().map(UnknownChange::new))
        .list()
        .ofMaxSize(5)
        .map(ChangeSet::new);
  }

  private static Arbitrary<Change> rows() {
    return Combinators.combine(names(), operations(), values(), values(), columns())
        .as(
            (table, operation, before, after, changed) ->
                operation == Operation.TRUNCATE
                    ? new TableChange(table, operation, changed)
                    : new RowChange(table, operation, before, after, changed));
  }

  private static Arbitrary<Change> tables() {
    return Combinators.combine(names(), operations(), columns()).as(TableChange::new);
  }

  private static Arbitrary<TableName> names() {
    Arbitrary<String> parts = Arbitraries.strings().ofMinLength(1).filter(name -> !name.isBlank());
    return Combinators.combine(parts.injectNull(0.5), parts).as(TableName::new);
  }

  private static Arbitrary<Operation> operations() {
    return Arbitraries.of(Operation.class);
  }

  private static Arbitrary<ColumnSet> columns() {
    return Arbitraries.oneOf(
        Arbitraries.just(ColumnSet.ALL),
        Arbitraries.strings().set().ofMaxSize(4).map(ColumnSet::of),
        Arbitraries.strings().set().ofMaxSize(4).map(ColumnSet::allExcept));
  }

  private static Arbitrary<RowValues> values() {
    Arbitrary<Object> value =
        Arbitraries.oneOf(
            Arbitraries.longs().map(Object.class::cast),
            Arbitraries.strings().map(Object.class::cast),
            Arbitraries.of(true, false).map(Object.class::cast),
            Arbitraries.bigDecimals()
                .between(BigDecimal.TEN.pow(30).negate(), BigDecimal.TEN.pow(30))
                .ofScale(3)
                .map(Object.class::cast),
            Arbitraries.bigIntegers()
                .between(BigInteger.TWO.pow(200).negate(), BigInteger.TWO.pow(200))
                .filter(number -> number.bitLength() > 63)
                .map(Object.class::cast));
    return Arbitraries.maps(Arbitraries.strings(), value.injectNull(0.2))
        .ofMaxSize(4)
        .map(RowValues::new);
  }
}
