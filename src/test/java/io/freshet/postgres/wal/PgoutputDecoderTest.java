package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.TableName;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.wal.Pgoutput.OldKind;
import io.freshet.postgres.wal.PgoutputEncoder.Cell;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgoutputDecoderTest {

  private static final int LARGEST = 1 << 16;

  @Property(tries = 2000)
  void decode_ofAnyBytes_answersOrRefuses(@ForAll @Size(max = 200) byte[] bytes) {
    decodeOrRefuse(ByteBuffer.wrap(bytes));
  }

  @Property(tries = 4000)
  void decode_ofDamagedMessages_answersOrRefuses(
      @ForAll("messages") ByteBuffer message,
      @ForAll int position,
      @ForAll byte damage,
      @ForAll int cut) {
    byte[] bytes = bytes(message);
    bytes[Math.floorMod(position, bytes.length)] = damage;
    decodeOrRefuse(ByteBuffer.wrap(bytes));
    decodeOrRefuse(ByteBuffer.wrap(bytes, 0, Math.floorMod(cut, bytes.length)));
  }

  @Property(tries = 1000)
  void reader_ofAnyStream_answersOrRefuses(
      @ForAll @Size(max = 20) List<@From("messages") ByteBuffer> messages) {
    Coverage.Table table = new Coverage.Table(1, new TableName("s", "t"), List.of("a"), List.of());
    TransactionReader reader =
        new TransactionReader(
            new Coverage(List.of(table), Set.of(), Map.of(), Map.of(), List.of()), 3, Set.of());
    try {
      for (ByteBuffer message : messages) {
        reader.accept(message);
      }
    } catch (MalformedReplicationException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Property(tries = 1000)
  void decode_everyPrefixOfAMessage_isRefused(@ForAll("messages") ByteBuffer message) {
    for (int length = 0; length < message.limit(); length++) {
      ByteBuffer part = ByteBuffer.wrap(bytes(message), 0, length);
      assertThatThrownBy(() -> PgoutputDecoder.decode(part))
          .isInstanceOf(MalformedReplicationException.class)
          .hasMessageMatching("(?s).*\\(in .* of \\d+ bytes, at \\d+\\)");
    }
    byte[] longer = Arrays.copyOf(bytes(message), message.limit() + 1);
    assertThatThrownBy(() -> PgoutputDecoder.decode(ByteBuffer.wrap(longer)))
        .isInstanceOf(MalformedReplicationException.class);
  }

  @Property(tries = 1000)
  void decode_ofEncodedUpdate_givesTheSameRows(
      @ForAll("cells") List<Cell> before,
      @ForAll("cells") List<Cell> after,
      @ForAll("oldKinds") char oldKind)
      throws MalformedReplicationException {
    Pgoutput.Update update =
        (Pgoutput.Update)
            PgoutputDecoder.decode(PgoutputEncoder.update(-5, oldKind, before, after));

    assertThat(update.relation()).isEqualTo(-5);
    assertThat(cells(update.after())).isEqualTo(after);
    if (oldKind == 'N') {
      assertThat(update.oldKind()).isEqualTo(OldKind.NONE);
      assertThat(update.before()).isNull();
    } else {
      assertThat(update.oldKind()).isEqualTo(oldKind == 'K' ? OldKind.KEY : OldKind.FULL);
      assertThat(cells(update.before())).isEqualTo(before);
    }
  }

  @Property(tries = 500)
  void decode_ofEncodedRelation_givesTheSame(@ForAll("relations") Pgoutput.Relation relation)
      throws MalformedReplicationException {
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.relation(relation))).isEqualTo(relation);
  }

  @Test
  void decode_smallMessages_areRead() throws MalformedReplicationException {
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.begin(-2)))
        .isEqualTo(new Pgoutput.Begin(7, 8, -2));
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.commit()))
        .isEqualTo(new Pgoutput.Commit(7, 9, 8));
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.origin("there")))
        .isEqualTo(new Pgoutput.Origin(5, "there"));
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.type(9, "", "int4")))
        .isEqualTo(new Pgoutput.Type(9, "pg_catalog", "int4"));
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.truncate(3, List.of(1, 2))))
        .isEqualTo(new Pgoutput.Truncate(true, true, List.of(1, 2)));
    assertThat(PgoutputDecoder.decode(PgoutputEncoder.emitted(true, "p", "ü")))
        .isEqualTo(
            new Pgoutput.Message(
                true, 5, "p", ByteBuffer.wrap("ü".getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void decode_unknownKind_isSkippedWhole() throws MalformedReplicationException {
    assertThat(PgoutputDecoder.decode(ByteBuffer.wrap(new byte[] {'z', 1, 2, 3})))
        .isEqualTo(new Pgoutput.Unknown((byte) 'z'));
  }

  @ParameterizedTest
  @ValueSource(chars = {'S', 'E', 'c', 'A', 'b', 'P', 'K', 'r', 'p'})
  void decode_kindOfALaterProtocol_isRefused(char kind) {
    assertThatThrownBy(() -> PgoutputDecoder.decode(ByteBuffer.wrap(new byte[] {(byte) kind})))
        .isInstanceOf(MalformedReplicationException.class)
        .hasMessageContaining("not asked for");
  }

  @Test
  void decode_absurdLengths_costNothing() {
    ByteBuffer value =
        PgoutputEncoder.message(
            out -> {
              out.writeByte('I');
              out.writeInt(1);
              out.writeByte('N');
              out.writeShort(1);
              out.writeByte('t');
              out.writeInt(Integer.MAX_VALUE);
            });
    ByteBuffer negative = ByteBuffer.wrap(bytes(value));
    negative.putInt(negative.limit() - 4, -1);
    ByteBuffer truncate =
        PgoutputEncoder.message(
            out -> {
              out.writeByte('T');
              out.writeInt(Integer.MAX_VALUE);
              out.writeByte(0);
            });
    for (ByteBuffer message : List.of(value, negative, truncate)) {
      assertThatThrownBy(() -> PgoutputDecoder.decode(message))
          .isInstanceOf(MalformedReplicationException.class);
    }
  }

  @Test
  void text_thatIsNotUtf8_isRefused() throws MalformedReplicationException {
    byte[] bytes = bytes(PgoutputEncoder.insert(1, List.of(Cell.text("xy"))));
    bytes[bytes.length - 1] = (byte) 0xc3;
    Pgoutput.Insert insert = (Pgoutput.Insert) PgoutputDecoder.decode(ByteBuffer.wrap(bytes));
    assertThatThrownBy(() -> insert.after().text(0))
        .isInstanceOf(MalformedReplicationException.class)
        .hasMessageContaining("not UTF-8");
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static void decodeOrRefuse(ByteBuffer message) {
    try {
      Pgoutput decoded = PgoutputDecoder.decode(message);
      if (decoded instanceof Pgoutput.Insert insert) {
        cells(insert.after());
      }
    } catch (MalformedReplicationException e) {
      assertThat(e.getMessage()).isNotEmpty().hasSizeLessThan(LARGEST);
    }
  }

  private static List<Cell> cells(Tuple tuple) throws MalformedReplicationException {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      cells.add(new Cell(tuple.kind(i), tuple.text(i)));
    }
    return cells;
  }

  @Provide
  Arbitrary<Character> oldKinds() {
    return Arbitraries.of('K', 'O', 'N');
  }

  @Provide
  Arbitrary<List<Cell>> cells() {
    Arbitrary<Cell> cell =
        Combinators.combine(Arbitraries.of(Tuple.TEXT, Tuple.BINARY), texts()).as(Cell::new);
    return Arbitraries.oneOf(Arbitraries.of(Cell.NULL, Cell.UNCHANGED), cell).list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<Pgoutput.Relation> relations() {
    Arbitrary<Pgoutput.Column> column =
        Combinators.combine(
                Arbitraries.of(true, false),
                names(),
                Arbitraries.integers(),
                Arbitraries.integers())
            .as(Pgoutput.Column::new);
    return Combinators.combine(
            Arbitraries.integers().between(1, 3),
            names(),
            names(),
            Arbitraries.of('d', 'n', 'f', 'i'),
            column.list().ofMaxSize(5))
        .as(Pgoutput.Relation::new);
  }

  @Provide
  Arbitrary<ByteBuffer> messages() {
    Arbitrary<Integer> oid = Arbitraries.integers().between(1, 3);
    return Arbitraries.oneOf(
        Arbitraries.integers().filter(xid -> xid != 0).map(PgoutputEncoder::begin),
        Arbitraries.create(PgoutputEncoder::commit),
        names().map(PgoutputEncoder::origin),
        Combinators.combine(Arbitraries.of(true, false), Arbitraries.of("freshet", "x"), texts())
            .as(PgoutputEncoder::emitted),
        relations().map(PgoutputEncoder::relation),
        Combinators.combine(oid, names(), names()).as(PgoutputEncoder::type),
        Combinators.combine(oid, cells()).as(PgoutputEncoder::insert),
        Combinators.combine(oid, oldKinds(), cells(), cells()).as(PgoutputEncoder::update),
        Combinators.combine(oid, Arbitraries.of('K', 'O'), cells()).as(PgoutputEncoder::delete),
        Combinators.combine(Arbitraries.integers().between(0, 3), oid.list().ofMaxSize(3))
            .as(PgoutputEncoder::truncate));
  }

  private static Arbitrary<String> names() {
    return Arbitraries.strings().withCharRange('a', 'e').ofMinLength(1).ofMaxLength(4);
  }

  private static Arbitrary<String> texts() {
    return Arbitraries.strings().withCharRange(' ', '\u0fff').ofMaxLength(12);
  }
}
