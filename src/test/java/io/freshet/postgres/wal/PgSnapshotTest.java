package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgSnapshotTest {

  private static final long EPOCH = 1L << 32;

  /** The truth by 64-bit ids, for snapshots all around the points where 32 bits run over. */
  @Property(tries = 5000)
  void contains_low32Bits_agreesWithThe64BitId(
      @ForAll @LongRange(min = 0, max = 5) long epoch,
      @ForAll @IntRange(min = -60, max = 60) int beyond,
      @ForAll @Size(max = 6) List<@IntRange(min = 1, max = 40) Integer> back,
      @ForAll int distance) {
    long xmax = 1000 + epoch * EPOCH + beyond;
    Set<Long> running =
        back.stream().map(b -> xmax - b).collect(Collectors.toCollection(TreeSet::new));
    long xmin = running.stream().findFirst().orElse(xmax);
    PgSnapshot snapshot =
        PgSnapshot.parse(
            xmin
                + ":"
                + xmax
                + ":"
                + running.stream().map(String::valueOf).collect(Collectors.joining(",")));
    for (long id : new long[] {xmax + distance, xmax + distance % 50}) {
      if (id > 0) {
        boolean visible = id < xmax && !running.contains(id);
        assertThat(snapshot.contains((int) id)).as("%d in %s", id, snapshot).isEqualTo(visible);
      }
    }
  }

  @Test
  void contains_aroundTheWraparound_looksAtTheNearest() {
    PgSnapshot justAfter = PgSnapshot.parse((EPOCH - 10) + ":" + (EPOCH + 5) + ":" + (EPOCH - 10));
    assertThat(justAfter.contains(-10)).isFalse();
    assertThat(justAfter.contains(-9)).isTrue();
    assertThat(justAfter.contains(-11)).isTrue();
    assertThat(justAfter.contains(4)).isTrue();
    assertThat(justAfter.contains(5)).isFalse();
    PgSnapshot justBefore = PgSnapshot.parse((EPOCH - 10) + ":" + (EPOCH - 10) + ":");
    assertThat(justBefore.contains(3)).isFalse();
    assertThat(justBefore.contains(-11)).isTrue();
  }

  @Test
  void parse_ofWhatItPrints_isTheSame() {
    for (String text : List.of("10:10:", "10:20:10,14,15")) {
      assertThat(PgSnapshot.parse(text)).hasToString(text);
    }
    assertThat(PgSnapshot.parse("10:20:10").xmin()).isEqualTo(10);
    assertThat(PgSnapshot.parse("10:20:10").xmax()).isEqualTo(20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", "1:2", "1:2:3:4", "a:2:", "5:4:", "1:2:5", "1:3:1,", "0:0:", "-1:1:"})
  void parse_ofSomethingElse_isRefused(String text) {
    assertThatThrownBy(() -> PgSnapshot.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a pg_snapshot: " + text);
  }
}
