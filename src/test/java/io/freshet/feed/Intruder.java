package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;

import io.freshet.BusSettings;
import io.freshet.bus.Bus;
import io.freshet.bus.BusConnection;
import io.freshet.bus.BusException;
import io.freshet.bus.BusListener;
import io.freshet.bus.Channel;
import io.freshet.change.ChangeSet;
import io.freshet.fanout.Content;
import io.freshet.fanout.Content.Notes;
import io.freshet.fanout.Description;
import io.freshet.fanout.Request;
import io.freshet.fanout.StreamCodec;
import io.freshet.fanout.StreamId;
import io.freshet.fanout.StreamMessage;
import io.freshet.fanout.UnreadableMessageException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Somebody on a channel who should not be there. Not thread-safe. */
final class Intruder implements AutoCloseable, BusListener {

  private static final String NAME = "intruder";

  private final BusConnection connection;
  private volatile StreamMessage described;

  Intruder(BusSettings bus) throws BusException {
    this.connection = Bus.of(bus, Duration.ofSeconds(30)).connect(Set.of(Channel.CHANGES), this);
  }

  @Override
  public void received(Channel channel, byte[] message) {
    try {
      StreamMessage heard = StreamCodec.decode(message);
      if (heard.content().description().isPresent() && !heard.stream().source().equals(NAME)) {
        described = heard;
      }
    } catch (UnreadableMessageException e) {
      // its own
    }
  }

  @Override
  public void lost(String reason) {}

  /** How the relay has described itself, and in which stream. */
  StreamMessage relay() {
    awaitThat(
        () -> {
          request(new Request(NAME, 1, true, ChangeSet.EMPTY));
          return described != null;
        });
    return described;
  }

  /** Says what the relay says, under this epoch. */
  void pretend(Description description, long epoch) {
    say(
        new StreamMessage(
            new StreamId(NAME, epoch),
            1,
            new Content(
                Optional.of(description), Notes.NONE, ChangeSet.EMPTY, Map.of(), Map.of())));
  }

  /** Says something that is long, and that nobody follows. */
  void chatter(int bytes) {
    say(
        new StreamMessage(
            new StreamId(NAME, 0),
            1,
            new Content(
                Optional.empty(),
                new Notes(
                    Optional.empty(), Optional.of("x".repeat(bytes)), Optional.empty(), false),
                ChangeSet.EMPTY,
                Map.of(),
                Map.of())));
  }

  private void say(StreamMessage message) {
    publish(Channel.CHANGES, StreamCodec.encode(message));
  }

  /** Asks the relay. */
  void request(Request request) {
    publish(Channel.REQUESTS, StreamCodec.encode(request));
  }

  void publish(Channel channel, byte[] message) {
    connection.publish(channel, message).join();
  }

  @Override
  public void close() {
    connection.close();
  }
}
