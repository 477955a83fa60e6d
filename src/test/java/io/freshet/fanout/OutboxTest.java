package io.freshet.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ColumnSet;
import io.freshet.change.LogPosition;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.Description.Kind;
import io.freshet.fanout.Outbox.Outgoing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxTest {

  private static final Description DESCRIPTION =
      new Description(Kind.WAL, "db", Optional.empty(), "", List.of());

  private final Outbox outbox = new Outbox();

  @BeforeEach
  void begin() {
    outbox.begin(new StreamId("relay", 1), DESCRIPTION);
  }

  private static RowChange row(String table, Object id) {
    return new RowChange(
        TableName.of(table),
        Operation.UPDATE,
        RowValues.of("id", id),
        RowValues.UNKNOWN,
        ColumnSet.ALL);
  }

  private static LogPosition at(long offset) {
    return new LogPosition("log", offset);
  }

  private List<StreamMessage> messages(List<Outgoing> taken) throws Exception {
    List<StreamMessage> messages = new ArrayList<>();
    for (Outgoing one : taken) {
      messages.add(StreamCodec.decode(one.bytes()));
    }
    return messages;
  }

  private static List<Change> changes(List<StreamMessage> messages) {
    return messages.stream().flatMap(one -> one.content().changes().changes().stream()).toList();
  }

  @Test
  void firstMessage_describesTheSource() throws Exception {
    StreamMessage first = messages(outbox.take()).get(0);

    assertThat(first.sequence()).isEqualTo(1);
    assertThat(first.content().description()).contains(DESCRIPTION);
    assertThat(outbox.take()).isEmpty();
  }

  /** A relay that ended before its feed had begun waited for its goodbye, with the lock. */
  @Test
  void whatIsAddedBeforeAStreamBegins_isNotWaitedFor_norEverSaid() throws Exception {
    Outbox silent = new Outbox();
    silent.add(Draft::goodbye);
    silent.addChanges(new ChangeSet(List.of(row("product", 1))));
    List<String> events = new ArrayList<>();

    silent.whenConfirmed(() -> events.add("nothing is waited for"));
    silent.begin(new StreamId("relay", 1), DESCRIPTION);

    assertThat(events).hasSize(1);
    List<StreamMessage> said = messages(silent.take());
    assertThat(changes(said)).isEmpty();
    assertThat(said.get(0).content().notes().goodbye()).isFalse();
  }

  @Test
  void whatIsAddedWhileNothingIsTaken_becomesOneMessage_answersBehindChanges() throws Exception {
    outbox.take();
    outbox.addChanges(new ChangeSet(List.of(row("product", 1))));
    outbox.add(draft -> draft.answer(Map.of("node", 3L)));
    outbox.addChanges(new ChangeSet(List.of(row("product", 2))));
    outbox.add(draft -> draft.answer(Map.of("node", 4L)));

    List<StreamMessage> taken = messages(outbox.take());

    assertThat(taken).hasSize(1);
    assertThat(changes(taken)).hasSize(2);
    assertThat(taken.get(0).content().answers()).containsExactly(Map.entry("node", 4L));
    assertThat(taken.get(0).sequence()).isEqualTo(2);
  }

  @Test
  void longContent_isSplit_numbersWithoutHoles_answersAndPositionInTheLast() throws Exception {
    outbox.take();
    String text = "x".repeat(10_000);
    List<Change> rows =
        IntStream.range(0, 200).<Change>mapToObj(i -> row("product", text + i)).toList();
    outbox.addChanges(new ChangeSet(rows));
    outbox.add(draft -> draft.answer(Map.of("node", 1L)));
    outbox.add(draft -> draft.reached(at(9)));

    List<Outgoing> taken = outbox.take();
    List<StreamMessage> messages = messages(taken);

    assertThat(messages).hasSizeGreaterThan(5);
    assertThat(taken).allMatch(one -> one.bytes().length <= StreamCodec.MOST_BYTES);
    assertThat(messages.stream().map(StreamMessage::sequence))
        .containsExactlyElementsOf(
            IntStream.range(2, messages.size() + 2).mapToObj(Long::valueOf).toList());
    assertThat(changes(messages)).hasSize(200);
    assertThat(messages.subList(0, messages.size() - 1))
        .allMatch(one -> one.content().answers().isEmpty())
        .allMatch(one -> one.content().notes().position().isEmpty());
    assertThat(messages.get(messages.size() - 1).content().answers()).isNotEmpty();
    assertThat(messages.get(messages.size() - 1).content().notes().position()).contains(at(9));
  }

  @Test
  void rowThatFitsIntoNoMessage_isToldAsItsTable() throws Exception {
    outbox.take();
    outbox.addChanges(new ChangeSet(List.of(row("product", "x".repeat(StreamCodec.MOST_BYTES)))));

    assertThat(changes(messages(outbox.take())))
        .containsExactly(new TableChange(TableName.of("product"), Operation.UPDATE, ColumnSet.ALL));
  }

  @Test
  void slowBroker_costsRows_notMemory_andNoTableIsForgotten() throws Exception {
    outbox.take();
    for (int i = 0; i <= Draft.MOST_CHANGES; i++) {
      outbox.addChanges(new ChangeSet(List.of(row(i % 2 == 0 ? "product" : "stock", i))));
    }

    assertThat(outbox.waiting()).isEqualTo(2);
    assertThat(outbox.widened()).isEqualTo(1);
    assertThat(changes(messages(outbox.take())))
        .containsExactlyInAnyOrder(
            TableChange.anything(TableName.of("product")),
            TableChange.anything(TableName.of("stock")));
  }

  @Test
  void window_isBounded() {
    outbox.take();
    for (int i = 0; i < Outbox.MOST_IN_FLIGHT - 1; i++) {
      outbox.addChanges(new ChangeSet(List.of(row("product", i))));
      assertThat(outbox.take()).hasSize(1);
    }
    outbox.addChanges(new ChangeSet(List.of(row("product", -1))));

    assertThat(outbox.take()).isEmpty();
    outbox.confirmed(outbox.unconfirmed().get(0));
    assertThat(outbox.take()).hasSize(1);
  }

  @Test
  void position_countsOnlyTogetherWithEverythingBeforeIt() {
    Outgoing first = outbox.take().get(0);
    outbox.add(draft -> draft.reached(at(1)));
    Outgoing second = outbox.take().get(0);
    outbox.add(draft -> draft.reached(at(2)));
    Outgoing third = outbox.take().get(0);

    assertThat(outbox.confirmed(third)).isEmpty();
    assertThat(outbox.confirmed(first)).isEmpty();
    assertThat(outbox.confirmed(second)).contains(at(2));
    assertThat(outbox.unconfirmed()).isEmpty();
  }

  @Test
  void newStream_givesUpTheOldOne_lateConfirmationsChangeNothing() throws Exception {
    outbox.add(draft -> draft.reached(at(1)));
    Outgoing old = outbox.take().get(0);
    outbox.begin(new StreamId("relay", 2), DESCRIPTION);

    assertThat(outbox.confirmed(old)).isEmpty();
    StreamMessage first = messages(outbox.take()).get(0);
    assertThat(first.stream().epoch()).isEqualTo(2);
    assertThat(first.sequence()).isEqualTo(1);
  }

  @Test
  void whenConfirmed_waitsForAllThatWasAddedBefore_andNothingElse() {
    AtomicBoolean done = new AtomicBoolean();
    outbox.addChanges(new ChangeSet(List.of(row("product", 1))));
    outbox.whenConfirmed(() -> done.set(true));
    List<Outgoing> taken = outbox.take();
    outbox.addChanges(new ChangeSet(List.of(row("product", 2))));
    assertThat(done).isFalse();

    taken.forEach(outbox::confirmed);

    assertThat(done).isTrue();
  }

  @Test
  void hugeDescription_isSentWhole_besideItsChanges() throws Exception {
    List<TrackedTable> tables =
        IntStream.range(0, 5_000)
            .mapToObj(
                i ->
                    new TrackedTable(
                        new TableName("some_schema_" + i, "a_table_with_a_long_name"),
                        Set.of("id"),
                        Set.of("category_id")))
            .toList();
    Description huge = new Description(Kind.WAL, "db", Optional.empty(), "", tables);
    outbox.begin(new StreamId("relay", 2), huge);
    outbox.addChanges(new ChangeSet(List.of(TableChange.anything(TableName.of("product")))));

    List<StreamMessage> messages = messages(outbox.take());

    assertThat(messages.get(0).content().description()).contains(huge);
    assertThat(changes(messages)).containsExactly(TableChange.anything(TableName.of("product")));
  }

  @Test
  void whenConfirmed_waitsForTheLastPiece() {
    outbox.take();
    outbox.confirmed(outbox.unconfirmed().get(0));
    outbox.addChanges(
        new ChangeSet(
            IntStream.range(0, 100)
                .<Change>mapToObj(i -> row("product", "x".repeat(10_000) + i))
                .toList()));
    AtomicBoolean done = new AtomicBoolean();
    outbox.whenConfirmed(() -> done.set(true));
    List<Outgoing> pieces = outbox.take();
    assertThat(pieces).hasSizeGreaterThan(2);

    pieces.subList(0, pieces.size() - 1).forEach(outbox::confirmed);
    assertThat(done).isFalse();
    outbox.confirmed(pieces.get(pieces.size() - 1));

    assertThat(done).isTrue();
  }
}
