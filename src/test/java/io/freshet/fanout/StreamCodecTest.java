package io.freshet.fanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.Content.Notes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamCodecTest {

  private static final ChangeSet CHANGES =
      new ChangeSet(List.of(TableChange.anything(new TableName("s", "Straße \"1\""))));

  private static final StreamMessage FULL =
      new StreamMessage(
          new StreamId("relay-1", Long.MAX_VALUE),
          42,
          new Content(
              Optional.of(
                  new Description(
                      Description.Kind.WAL,
                      "7/5",
                      Optional.of(new LogPosition("7/1", 5)),
                      "12 34",
                      List.of(
                          new TrackedTable(TableName.of("t"), Set.of("id"), Set.of("a", "b"))))),
              new Notes(
                  Optional.of("reset"),
                  Optional.of("waiting"),
                  Optional.of(new LogPosition("7/1", 9)),
                  true),
              CHANGES,
              Map.of("a", 1L, "b", 2L),
              Map.of("a", 1L)));

  @Test
  void message_withEverything_comesBackEqual() throws Exception {
    assertThat(StreamCodec.decode(StreamCodec.encode(FULL))).isEqualTo(FULL);
  }

  @Test
  void request_comesBackEqual() throws Exception {
    Request request = new Request("node-1", 7, true, CHANGES);

    assertThat(StreamCodec.decodeRequest(StreamCodec.encode(request))).isEqualTo(request);
  }

  @Test
  void unknownFields_areSkipped() throws Exception {
    StreamMessage read =
        StreamCodec.decode(
            "{\"v\":1,\"later\":{\"x\":[1]},\"s\":\"a\",\"e\":1,\"q\":2}".getBytes(UTF_8));

    assertThat(read.sequence()).isEqualTo(2);
    assertThat(read.content().changes()).isEqualTo(ChangeSet.EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"v\":2,\"s\":\"a\",\"e\":1,\"q\":1} | version 2, but only 1 is known",
        "{\"s\":\"a\",\"e\":1,\"q\":1} | the version \"v\" is missing",
        "{\"v\":1,\"e\":1,\"q\":1} | the source \"s\" is missing",
        "{\"v\":1,\"s\":\"\",\"e\":1,\"q\":1} | a stream has no source",
        "{\"v\":1,\"s\":\"a\",\"e\":1,\"q\":0} | sequences begin with 1, not 0",
        "{\"v\":1,\"s\":\"a\",\"e\":1,\"q\":\"1\"} | a number was expected",
        "{\"v\":1,\"s\":\"a\",\"e\":1,\"q\":1,\"c\":{\"v\":9}} | version 9",
        "{\"v\":1,\"s\":\"a\",\"e\":1,\"q\":1} {} | more text after the message",
        "[] | a message was expected",
        "hello | not JSON",
        "{\"v\":1,\"s\":\"a\",\"e\":1,\"q\":1,\"d\":{\"k\":\"x\"}} | No enum constant",
      })
  void malformed_saysWhatIsWrong(String text, String problem) {
    assertThatThrownBy(() -> StreamCodec.decode(text.getBytes(UTF_8)))
        .isInstanceOf(UnreadableMessageException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void garbage_isUnreadable_neverAnythingElse() {
    Random random = new Random(7);
    byte[] good = StreamCodec.encode(FULL);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      int changed = 1 + random.nextInt(4);
      for (int j = 0; j < changed; j++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        StreamCodec.decode(bad);
      } catch (UnreadableMessageException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
