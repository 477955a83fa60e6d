package io.freshet.interleaving;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/**
 * Operations of a subject, as text: what comes first, what happens at the same time, what comes
 * last; {@code "reset commit:2 / load | commit:0 barrier:1 / get"}.
 */
final class Scene {

  private Scene() {}

  static ExecutionScenario of(Class<?> subject, String text) {
    String[] parts = text.split("/", -1);
    List<List<Actor>> threads =
        Stream.of(parts[1].split("[|]")).map(thread -> actors(subject, thread)).toList();
    return new ExecutionScenario(
        actors(subject, parts[0]), threads, actors(subject, parts[2]), null);
  }

  private static List<Actor> actors(Class<?> subject, String text) {
    return text.isBlank()
        ? List.of()
        : Stream.of(text.strip().split(" +")).map(one -> actor(subject, one)).toList();
  }

  private static Actor actor(Class<?> subject, String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    Method method =
        Stream.of(subject.getMethods())
            .filter(one -> one.getName().equals(name))
            .findAny()
            .orElseThrow(() -> new IllegalArgumentException("no operation " + text));
    List<Object> arguments =
        colon < 0 ? List.of() : List.of(Integer.valueOf(text.substring(colon + 1)));
    return new Actor(method, arguments);
  }
}
