package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.wal.PgoutputEncoder.Cell;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TransactionReaderTest {

  private static final TableName ITEM = new TableName("shop", "item");
  private static final int OID = 77;
  private static final int MAX_KEYS = 3;

  private final TransactionReader reader = reader(Set.of());

  @Test
  void update_identityFull_tellsBothRowsAndWhatIsSurelyTheSame() throws Exception {
    describe(reader, 'f');
    ByteBuffer update =
        PgoutputEncoder.update(OID, 'O', row("1", "7", "old", "x"), row("1", "8", "new", "x"));

    assertThat(changes(reader, update))
        .containsExactly(
            new RowChange(
                ITEM,
                Operation.UPDATE,
                values("id", "1", "owner", "7"),
                values("id", "1", "owner", "8"),
                ColumnSet.allExcept(List.of("id", "note"))));
  }

  @Test
  void update_identityFullAndNothingDifferent_isToldWithoutColumns() throws Exception {
    describe(reader, 'f');
    ByteBuffer update =
        PgoutputEncoder.update(OID, 'O', row("1", null, "a", "x"), row("1", null, "a", "x"));

    assertThat(only(changes(reader, update)).changed()).isEqualTo(ColumnSet.NONE);
  }

  @Test
  void update_identityFullAndToastUnchanged_takesTheOldValue() throws Exception {
    describe(reader, 'f');
    List<Cell> after = List.of(Cell.text("1"), Cell.UNCHANGED, Cell.text("new"), Cell.UNCHANGED);
    ByteBuffer update = PgoutputEncoder.update(OID, 'O', row("1", "7", "old", "x"), after);

    RowChange change = only(changes(reader, update));
    assertThat(change.after()).isEqualTo(values("id", "1", "owner", "7"));
    assertThat(change.changed()).isEqualTo(ColumnSet.allExcept(List.of("id", "owner", "note")));
  }

  @Test
  void update_keyTold_mayHaveChangedAnything() throws Exception {
    describe(reader, 'd');
    ByteBuffer update =
        PgoutputEncoder.update(OID, 'K', row("1", null, null, null), row("2", "7", "name", "note"));

    assertThat(changes(reader, update))
        .containsExactly(
            new RowChange(
                ITEM,
                Operation.UPDATE,
                values("id", "1"),
                values("id", "2", "owner", "7"),
                ColumnSet.ALL));
  }

  @Test
  void update_withoutOldRow_keptItsIdentityAndUntouchedLargeValues() throws Exception {
    describe(reader, 'd');
    List<Cell> after = List.of(Cell.text("1"), Cell.UNCHANGED, Cell.text("name"), Cell.NULL);
    ByteBuffer update = PgoutputEncoder.update(OID, 'N', List.of(), after);

    assertThat(changes(reader, update))
        .containsExactly(
            new RowChange(
                ITEM,
                Operation.UPDATE,
                values("id", "1"),
                values("id", "1"),
                ColumnSet.allExcept(List.of("id", "owner"))));
  }

  @Test
  void update_identityNothing_isTheTable() throws Exception {
    describe(reader, 'n');
    ByteBuffer update = PgoutputEncoder.update(OID, 'N', List.of(), row("1", "7", "a", "b"));

    assertThat(changes(reader, update))
        .containsExactly(new TableChange(ITEM, Operation.UPDATE, ColumnSet.ALL));
  }

  /**
   * The root is full, the partition is not: the absent old row must not read as "same identity".
   */
  @Test
  void update_identityFullWithoutOldRow_knowsNothingOfTheOldRow() throws Exception {
    describe(reader, 'f');
    ByteBuffer update = PgoutputEncoder.update(OID, 'N', List.of(), row("1", "7", "a", "b"));

    RowChange change = only(changes(reader, update));
    assertThat(change.before()).isEqualTo(RowValues.UNKNOWN);
    assertThat(change.changed()).isEqualTo(ColumnSet.ALL);
  }

  /** The root is full, the partition logs its key only: nulls of the old row mean nothing. */
  @Test
  void update_mixedIdentity_takesNoNullOfTheOldRowForAValue() throws Exception {
    TransactionReader mixed = reader(Set.of((long) OID));
    describe(mixed, 'f');
    ByteBuffer update =
        PgoutputEncoder.update(OID, 'O', row("1", null, null, null), row("2", null, "name", null));

    RowChange change = only(changes(mixed, update));
    assertThat(change.before()).isEqualTo(values("id", "1"));
    assertThat(change.changed()).isEqualTo(ColumnSet.ALL);
  }

  @Test
  void columnsThatDifferInCaseOnly_areNeverMistakenForEachOther() throws Exception {
    TableName table = new TableName("shop", "odd");
    TransactionReader odd =
        reader(new Coverage.Table(5, table, List.of("id", "Id"), List.of()), Set.of());
    List<Pgoutput.Column> columns =
        List.of(new Pgoutput.Column(true, "id", 23, -1), new Pgoutput.Column(true, "Id", 23, -1));
    odd.accept(PgoutputEncoder.relation(new Pgoutput.Relation(5, "shop", "odd", 'f', columns)));
    ByteBuffer update =
        PgoutputEncoder.update(
            5,
            'O',
            List.of(Cell.text("1"), Cell.text("2")),
            List.of(Cell.text("1"), Cell.text("3")));

    RowChange change = only(changes(odd, update));
    assertThat(change.after()).isEqualTo(RowValues.UNKNOWN);
    assertThat(change.changed()).isEqualTo(ColumnSet.ALL);
  }

  @Test
  void delete_tellsWhatTheOldRowHas() throws Exception {
    describe(reader, 'd');
    ByteBuffer delete = PgoutputEncoder.delete(OID, 'K', row("1", null, null, null));
    assertThat(only(changes(reader, delete)).before()).isEqualTo(values("id", "1"));

    describe(reader, 'f');
    delete = PgoutputEncoder.delete(OID, 'O', row("1", null, "x", "y"));
    assertThat(only(changes(reader, delete)).before()).isEqualTo(values("id", "1", "owner", null));
  }

  @Test
  void moreRowsThanMaxKeys_becomeTheTable_andOtherOperationsStayRows() throws Exception {
    describe(reader, 'd');
    ByteBuffer[] rows = new ByteBuffer[10];
    rows[0] = PgoutputEncoder.delete(OID, 'K', row("0", null, null, null));
    for (int i = 1; i < 9; i++) {
      rows[i] = PgoutputEncoder.insert(OID, row("" + i, "7", "n", "n"));
    }
    // told already: not even decoded any more
    rows[9] = ByteBuffer.wrap(new byte[] {'I', 0, 0, 0, OID, 'N', 'j', 'u', 'n', 'k'});

    List<Change> changes = changes(reader, rows);
    assertThat(changes).hasSize(2);
    assertThat(changes.get(0)).isInstanceOf(RowChange.class);
    assertThat(changes.get(1)).isEqualTo(new TableChange(ITEM, Operation.INSERT, ColumnSet.ALL));

    assertThat(changes(reader, rows[1], rows[2], rows[3])).hasSize(3);
  }

  @Test
  void tableThatIsNotCovered_isToldOnce_withoutALookAtItsRows() throws Exception {
    TableName other = new TableName("shop", "other");
    reader.accept(
        PgoutputEncoder.relation(new Pgoutput.Relation(9, "shop", "other", 'f', List.of())));
    reader.accept(PgoutputEncoder.begin(4));
    assertThat(reader.accept(ByteBuffer.wrap(new byte[] {'I', 0, 0, 0, 9, 'j'}))).isNull();
    assertThat(reader.accept(ByteBuffer.wrap(new byte[] {'I', 0, 0, 0, 9, 'k'}))).isNull();
    assertThat(reader.accept(PgoutputEncoder.truncate(0, List.of(9)))).isNull();

    assertThat(((WalEvent.Committed) reader.accept(PgoutputEncoder.commit())).changes().changes())
        .containsExactly(
            new TableChange(other, Operation.INSERT, ColumnSet.ALL),
            new TableChange(other, Operation.TRUNCATE, ColumnSet.ALL));
  }

  @Test
  void relationDescribedAgain_isReadByItsNewColumns() throws Exception {
    describe(reader, 'd');
    List<Pgoutput.Column> columns =
        List.of(
            new Pgoutput.Column(false, "owner", 23, -1), new Pgoutput.Column(true, "id", 23, -1));
    reader.accept(
        PgoutputEncoder.relation(new Pgoutput.Relation(OID, "shop", "item", 'd', columns)));
    ByteBuffer insert = PgoutputEncoder.insert(OID, List.of(Cell.text("7"), Cell.text("1")));

    assertThat(only(changes(reader, insert)).after()).isEqualTo(values("owner", "7", "id", "1"));
  }

  @Test
  void messages_areAnnouncementsOrBarriers() throws Exception {
    ChangeSet told = new ChangeSet(List.of(TableChange.anything(ITEM)));
    String json = ChangeSetCodec.encode(told);

    assertThat(reader.accept(PgoutputEncoder.emitted(false, "freshet", "n1")))
        .isEqualTo(new WalEvent.Barrier("n1"));
    assertThat(reader.accept(PgoutputEncoder.emitted(false, "freshet", json)))
        .isEqualTo(new WalEvent.Announced(told));
    assertThat(reader.accept(PgoutputEncoder.emitted(false, "other", "n1"))).isNull();
    assertThat(
            changes(
                reader,
                PgoutputEncoder.emitted(true, "freshet", json),
                PgoutputEncoder.emitted(true, "freshet", "no barrier"),
                PgoutputEncoder.emitted(true, "other", "{")))
        .isEqualTo(told.changes());
    assertThat(changes(reader, PgoutputEncoder.emitted(true, "freshet", "{broken")))
        .singleElement()
        .isInstanceOf(UnknownChange.class);
  }

  @Test
  void streamsThatMakeNoSense_areRefused() throws Exception {
    describe(reader, 'd');
    ByteBuffer insert = PgoutputEncoder.insert(OID, row("1", "2", "3", "4"));
    refused(reader(Set.of()), "outside of any transaction", insert);
    refused(reader(Set.of()), "outside of any transaction", PgoutputEncoder.commit());
    refused(
        reader(Set.of()), "inside of another", PgoutputEncoder.begin(3), PgoutputEncoder.begin(4));
    refused(reader(Set.of()), "never described", PgoutputEncoder.begin(3), insert);
    refused(
        reader(Set.of()),
        "never described",
        PgoutputEncoder.begin(3),
        PgoutputEncoder.truncate(0, List.of(OID)));
    refused(
        reader,
        "1 columns in shop.item, which was described with 4",
        PgoutputEncoder.begin(3),
        PgoutputEncoder.insert(OID, List.of(Cell.NULL)));
  }

  private static void refused(TransactionReader reader, String message, ByteBuffer... stream) {
    assertThatThrownBy(
            () -> {
              for (ByteBuffer one : stream) {
                reader.accept(one);
              }
            })
        .isInstanceOf(MalformedReplicationException.class)
        .hasMessageContaining(message);
  }

  private static TransactionReader reader(Set<Long> mixedIdentity) {
    return reader(new Coverage.Table(OID, ITEM, List.of("id"), List.of("owner")), mixedIdentity);
  }

  private static TransactionReader reader(Coverage.Table table, Set<Long> mixedIdentity) {
    Coverage coverage = new Coverage(List.of(table), Set.of(), Map.of(), Map.of(), List.of());
    return new TransactionReader(coverage, MAX_KEYS, mixedIdentity);
  }

  private static void describe(TransactionReader reader, char identity) throws Exception {
    List<Pgoutput.Column> columns =
        List.of(
            new Pgoutput.Column(true, "id", 23, -1),
            new Pgoutput.Column(identity == 'f', "owner", 23, -1),
            new Pgoutput.Column(identity == 'f', "Name", 25, -1),
            new Pgoutput.Column(identity == 'f', "note", 25, -1));
    reader.accept(
        PgoutputEncoder.relation(new Pgoutput.Relation(OID, "shop", "item", identity, columns)));
  }

  private static List<Change> changes(TransactionReader reader, ByteBuffer... messages)
      throws Exception {
    assertThat(reader.accept(PgoutputEncoder.begin(5))).isNull();
    for (ByteBuffer message : messages) {
      assertThat(reader.accept(message)).isNull();
    }
    WalEvent.Committed committed = (WalEvent.Committed) reader.accept(PgoutputEncoder.commit());
    assertThat(committed.xid()).isEqualTo(5);
    return committed.changes().changes();
  }

  private static RowChange only(List<Change> changes) {
    assertThat(changes).hasSize(1);
    return (RowChange) changes.get(0);
  }

  private static List<Cell> row(String... values) {
    return java.util.Arrays.stream(values)
        .map(value -> value == null ? Cell.NULL : Cell.text(value))
        .toList();
  }

  private static RowValues values(String... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return new RowValues(values);
  }
}
