package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class EntryTest {

  /** A store by value keeps copies: none may claim to have been checked. */
  @Test
  void serialized_settled_comesBackUnsettled() throws Exception {
    Entry entry = new Entry("value", 7, 42);
    entry.settle();

    Entry copy = copy(entry);

    assertThat(copy.value()).isEqualTo("value");
    assertThat(copy.version()).isEqualTo(7);
    assertThat(copy.timestamp()).isEqualTo(42);
    assertThat(copy.isSettled()).isFalse();
  }

  @Test
  void unsettledCopy_ofASettled_keepsAllButThat() {
    Entry entry = new Entry("value", null, 42);
    entry.settle();

    Entry copy = entry.unsettledCopy();

    assertThat(copy.value()).isSameAs(entry.value());
    assertThat(copy.timestamp()).isEqualTo(42);
    assertThat(copy.isSettled()).isFalse();
    assertThat(entry.isSettled()).isTrue();
  }

  private static Entry copy(Entry entry) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(entry);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (Entry) in.readObject();
    }
  }
}
