package io.freshet.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.torture.Finding.Members;
import io.freshet.torture.Finding.Row;
import io.freshet.torture.Finding.Rows;
import io.freshet.torture.Finding.Unresolved;
import io.freshet.torture.Read.Kind;
import io.freshet.torture.Read.Source;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinesTest {

  static Stream<Finding> findings() {
    return Stream.of(
        Rows.of("t", "1", null),
        new Rows(List.of(new Row("t", "1", "a|~|2"), new Row("u", "1/x", ""))),
        new Members("t", 1, "g", Set.of()),
        new Members("t", 1, "g", Set.of("1", "2")),
        new Unresolved("t", 0, "s1"));
  }

  @ParameterizedTest
  @MethodSource("findings")
  void read_writtenAndReadBack_isTheSame(Finding finding) {
    Read read = new Read(1, 2, 3, 4, new Kind(Source.MIXED, true, "load several"), finding);

    assertThat(Lines.read(Lines.write(read))).isEqualTo(read);
  }
}
