package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

@SuppressWarnings("JavaUtilDate") // that is what is tested
class ValuesTest {

  @Test
  void copy_ofWhatTheApplicationMayChange_staysAsItWas() {
    Date date = new Date(1_000);
    Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
    calendar.setTimeInMillis(1_000);
    byte[] bytes = {1, 2};
    Date copiedDate = (Date) Values.copy(date);
    Calendar copiedCalendar = (Calendar) Values.copy(calendar);
    byte[] copiedBytes = (byte[]) Values.copy(bytes);

    date.setTime(2_000);
    calendar.setTimeInMillis(2_000);
    bytes[0] = 9;

    assertThat(copiedDate).hasTime(1_000);
    assertThat(copiedCalendar.toInstant()).isEqualTo(Instant.ofEpochSecond(1));
    assertThat(copiedBytes).containsExactly(1, 2);
    assertThat(Values.copy(null)).isNull();
    assertThat(Values.copy("text")).isEqualTo("text");
  }

  @Test
  void text_ofBytes_isWhatTheDatabaseTakesForThem() {
    assertThat(Values.text(new byte[] {0, 15, -1})).isEqualTo("\\x000fff");
    assertThat(Values.isCut(Values.text(new byte[60]))).isTrue();
  }

  @Test
  void holdFloats_findsThemInRowsToo() {
    assertThat(Values.holdFloats(List.of(1, "a", List.of(2L, 1.5)))).isTrue();
    assertThat(Values.holdFloats(List.of(1.5f))).isTrue();
    assertThat(Values.holdFloats(List.of(1, List.of("1.5")))).isFalse();
  }
}
