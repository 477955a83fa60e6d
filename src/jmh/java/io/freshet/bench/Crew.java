package io.freshet.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a part, one for each variant, each with a database of its own. Those that do not
 * run are left out, and it is kept why. Used by one thread.
 */
final class Crew implements AutoCloseable {

  private final Server server;
  private final Seats seats;
  private final Worker.Kind kind;
  private final List<String> jvm;
  private final Optional<Path> profile;
  private final Map<Variant, Seat> working = new LinkedHashMap<>();
  private final Map<Variant, String> absent = new LinkedHashMap<>();
  private final List<String> databases = new ArrayList<>();

  /**
   * @param jvm options of each worker's JVM
   * @param profile where each records what it does
   */
  Crew(Server server, Seats seats, Worker.Kind kind, List<String> jvm, Optional<Path> profile) {
    this.server = server;
    this.seats = seats;
    this.kind = kind;
    this.jvm = List.copyOf(jvm);
    this.profile = profile;
  }

  /** Starts a worker; it is kept in mind why it does not run. */
  void hire(Variant variant, Words command) throws IOException, SQLException {
    @Nullable Seat seat = null;
    String url = server.database();
    databases.add(url);
    try {
      String redis = variant == Variant.REDISSON ? server.redis() : "";
      seat = seats.start(options(variant));
      seat.ask(
          command
              .with(Worker.TASK, kind.name())
              .with(Worker.VARIANT, variant.name())
              .with(Worker.URL, url)
              .with(Worker.REDIS, redis));
      working.put(variant, seat);
    } catch (WorkerFailedException e) {
      absent.put(variant, e.getMessage());
      if (seat != null) {
        seat.close();
      }
    }
  }

  private List<String> options(Variant variant) {
    List<String> options = new ArrayList<>(jvm);
    profile.ifPresent(
        directory ->
            options.add(
                "-XX:StartFlightRecording=settings=profile,filename="
                    + directory.resolve(
                        "%s-%s.jfr".formatted(kind.name().toLowerCase(Locale.ROOT), variant))));
    return options;
  }

  /** Those that work, another one first in each round. */
  List<Variant> inTurn(int round) {
    List<Variant> all = new ArrayList<>(working.keySet());
    if (!all.isEmpty()) {
      Collections.rotate(all, -(round % all.size()));
    }
    return all;
  }

  /** Has the variant's worker do a turn; one that fails is from then on absent. */
  Optional<Words> ask(Variant variant, Words command) throws IOException {
    @Nullable Seat seat = working.get(variant);
    if (seat == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(seat.ask(command));
    } catch (WorkerFailedException e) {
      absent.put(variant, "%s: %s".formatted(command, e.getMessage()));
      working.remove(variant);
      seat.close();
      return Optional.empty();
    }
  }

  /** Which do not run, and why. */
  List<String> excuses() {
    return absent.entrySet().stream()
        .map(one -> "%s does not run: %s".formatted(one.getKey().label(), one.getValue()))
        .toList();
  }

  @Override
  public void close() throws IOException, SQLException {
    for (Seat seat : working.values()) {
      seat.close();
    }
    for (String url : databases) {
      server.drop(url);
    }
  }
}
