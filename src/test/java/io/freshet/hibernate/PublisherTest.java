package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.bus.Bus;
import io.freshet.bus.BusConnection;
import io.freshet.bus.BusListener;
import io.freshet.bus.Channel;
import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.fanout.Content;
import io.freshet.fanout.Request;
import io.freshet.fanout.StreamCodec;
import io.freshet.fanout.UnreadableMessageException;
import io.freshet.testing.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which order changes and answers go to the bus. */
class PublisherTest {

  private static final ChangeSet CHANGES =
      new ChangeSet(List.of(TableChange.anything(TableName.of("product"))));

  private final List<String> heard = new CopyOnWriteArrayList<>();
  private BusConnection ear;
  private Publisher publisher;

  @BeforeEach
  void start() throws Exception {
    Duration patience = Duration.ofSeconds(5);
    Bus bus =
        Bus.of(
            new BusSettings(
                Broker.REDIS, RedisServer.sharedAddress(), "publisher-" + UUID.randomUUID()),
            patience);
    ear = bus.connect(Set.of(Channel.CHANGES), new Ear());
    publisher = new Publisher(bus, "node", patience);
    assertThat(publisher.start(patience)).isEmpty();
  }

  @AfterEach
  void close() {
    publisher.close();
    ear.close();
  }

  private final class Ear implements BusListener {
    @Override
    public void received(Channel channel, byte[] message) {
      try {
        Content content = StreamCodec.decode(message).content();
        if (!content.changes().isEmpty()) {
          heard.add("changes");
        }
        content.answers().values().forEach(number -> heard.add("answer " + number));
      } catch (UnreadableMessageException e) {
        heard.add(e.toString());
      }
    }

    @Override
    public void lost(String reason) {
      heard.add(reason);
    }
  }

  private void ask(long number, Duration later) {
    publisher.requested(
        new Request("other", number, false, ChangeSet.EMPTY), System.nanoTime() + later.toNanos());
  }

  private void awaitHeard(String... all) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(heard).containsExactly(all));
  }

  @Test
  void question_duringACommit_isAnsweredBehindItsChanges_andALaterOneToo() {
    Publisher.Ticket ticket = publisher.committing(CHANGES);
    ask(1, Duration.ZERO);
    publisher.announce(CHANGES); // nothing else stands before it
    awaitHeard("changes");

    publisher.committed(ticket, ChangeSet.EMPTY);

    awaitHeard("changes", "changes", "answer 1");
  }

  @Test
  void rolledBack_tellsNothing_andAnswers() {
    Publisher.Ticket ticket = publisher.committing(CHANGES);
    ask(1, Duration.ZERO);

    publisher.rolledBack(ticket);

    awaitHeard("answer 1");
  }

  @Test
  void commitThatTakesMinutes_holdsNobodyBackForGood_andIsToldAgainWhenItEnds() {
    Publisher.Ticket ticket = publisher.committing(CHANGES);
    ask(1, Duration.ofSeconds(61));
    awaitHeard("changes", "answer 1");

    publisher.committed(ticket, ChangeSet.EMPTY);

    awaitHeard("changes", "answer 1", "changes");
  }
}
