package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Up to where everything has been told, and how long a session is waited for. */
class LowWaterMarkTest {

  private static final ChangeSet CHANGES =
      new ChangeSet(List.of(TableChange.anything(TableName.of("t"))));

  @Test
  void mark_isBeforeTheOldestThatIsHeld_elseWhereTheStreamIs() {
    Visibility visibility = Visibility.withoutFence();
    visibility.readTo(50);
    release(visibility, "10:10:");
    assertThat(visibility.toldTo()).isEqualTo(50);

    visibility.add(new WalEvent.Committed(10, CHANGES), 100);
    visibility.readTo(110);
    visibility.add(new WalEvent.Committed(11, CHANGES), 120);
    visibility.readTo(130);
    release(visibility, "10:12:10");
    assertThat(visibility.toldTo()).isEqualTo(100);
    release(visibility, "12:12:");
    assertThat(visibility.toldTo()).isEqualTo(130);

    // what is of no interest to anybody
    visibility.readTo(150);
    assertThat(visibility.toldTo()).isEqualTo(150);
    visibility.add(new WalEvent.Announced(CHANGES));
    visibility.readTo(160);
    assertThat(visibility.toldTo()).isEqualTo(150);
  }

  @Test
  void mark_beforeTheFence_isNone() {
    Visibility visibility = new Visibility(20);
    visibility.readTo(50);
    release(visibility, "18:22:18");
    assertThat(visibility.toldTo()).isZero();
    release(visibility, "20:22:20");
    assertThat(visibility.toldTo()).isEqualTo(50);
  }

  private static void release(Visibility visibility, String snapshot) {
    visibility.release(PgSnapshot.parse(snapshot), visibility.mark());
  }

  /** The status is later than the watcher's patience, and early enough for the server. */
  @ParameterizedTest
  @CsvSource({
    "60000, 8, 24000, 9600",
    "0, 2, 6000, 2400",
    "2000, 8, 2000, 800",
    "0, 600, 60000, 10000"
  })
  void timeout_followsThePatience_orTheServerWhereThatIsShorter(
      int server, long patienceSeconds, int timeout, int interval) {
    assertThat(SenderTimeout.of(server, Duration.ofSeconds(patienceSeconds)))
        .isEqualTo(new SenderTimeout(timeout, interval));
  }
}
