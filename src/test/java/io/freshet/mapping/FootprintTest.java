package io.freshet.mapping;

import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.ColumnSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FootprintTest {

  private static Footprint keys(String region, Object... keys) {
    return new Footprint(
        Map.of(region, new RegionFootprint(false, Set.of(keys))), Set.of(region), false);
  }

  @Test
  void plus_sameRegion_keysTogether() {
    assertThat(keys("a", 1).plus(keys("a", 2))).isEqualTo(keys("a", 1, 2));
  }

  @Test
  void plus_wholeRegion_swallowsKeys() {
    Footprint whole = new Footprint(Map.of("a", RegionFootprint.WHOLE), Set.of(), false);

    assertThat(keys("a", 1).plus(whole).regions().get("a")).isEqualTo(RegionFootprint.WHOLE);
    assertThat(keys("a", 1).plus(whole).querySpaces()).containsExactly("a");
  }

  @Test
  void plus_everything_swallowsAll() {
    assertThat(keys("a", 1).plus(Footprint.EVERYTHING)).isEqualTo(Footprint.EVERYTHING);
    assertThat(Footprint.NOTHING.plus(keys("a", 1))).isEqualTo(keys("a", 1));
    assertThat(Footprint.NOTHING.isEmpty()).isTrue();
    assertThat(Footprint.EVERYTHING.isEmpty()).isFalse();
  }

  @Test
  void contradictions_refused() {
    assertThatThrownBy(() -> new RegionFootprint(true, Set.of(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Footprint(Map.of(), Set.of("a"), true))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void touch_unchangedColumn_knownOnBothSides() {
    Touch touch = Touch.of(updated("t", List.of("b"), row("id", 1, "b", 2), row("c", 3)));

    assertThat(touch.after()).isEqualTo(row("c", 3, "id", 1));
    assertThat(touch.before()).isEqualTo(row("id", 1, "b", 2, "c", 3));
  }

  @Test
  void touch_noColumnChanged_nothingWatchedChanged() {
    Touch touch = Touch.of(updated("t", List.of(), row("id", 1), row()));

    assertThat(touch.mayHaveChanged(ColumnSet.ALL)).isFalse();
    assertThat(touch.mayHaveChanged(ColumnSet.NONE)).isFalse();
  }

  @Test
  void words_literalsLeftOutQuotedNamesKept() {
    assertThat(SqlWords.of("{alias}.x in (select \"My T\".id from s.\"My T\" where n = 'it''s u')"))
        .containsExactlyInAnyOrder("alias", "x", "my t", "id", "s", "n");
    assertThat(SqlWords.of("not hidden and \"false\" is null")).containsExactly("hidden", "false");
  }
}
