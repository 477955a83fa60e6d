package io.freshet.torture;

import io.freshet.torture.Faults.Done;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One run in one mode, on a stage that is set. */
final class Run {

  private static final int OUTSIDERS = 2;

  private final Options options;
  private final Stage stage;
  private final Observer observer;
  private final List<Outsider> outsiders = new ArrayList<>();

  private Run(Options options, Stage stage) {
    this.options = options;
    this.stage = stage;
    this.observer = new Observer(stage.url());
  }

  /** Runs it, closes the stage, and judges. */
  static Verdict on(Options options, Stage stage) {
    Run run = new Run(options, stage);
    List<Done> faults;
    try (stage) {
      faults = run.perform();
    }
    Map<Integer, Path> nodes = new HashMap<>();
    for (int node = 0; node < options.crew().nodes(); node++) {
      nodes.put(node, stage.diary("node" + node));
    }
    List<Path> others = new ArrayList<>();
    for (int i = 0; i < run.outsiders.size(); i++) {
      others.add(stage.diary("outsider" + i));
    }
    return new Trial(nodes, others, run.observer).judge(options.crew().bound(), faults);
  }

  private List<Done> perform() {
    if (options.mode().hasOutsiders()) {
      for (int i = 0; i < OUTSIDERS; i++) {
        outsiders.add(new Outsider(stage.url(), i, options.seed(), stage.diary("outsider" + i)));
      }
    }
    long start = System.nanoTime();
    stage.nodes().forEach(node -> require("going", node.ask("go")));
    outsiders.forEach(Outsider::start);
    List<Done> faults =
        new Faults(stage)
            .run(
                Fault.schedule(
                    new Dice(options.seed()), possible(), options.length(), options.crew().bound()),
                start);
    long end = start + options.length().toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    finish();
    return faults;
  }

  private Set<FaultKind> possible() {
    Set<FaultKind> kinds = new HashSet<>(options.mode().faults());
    kinds.retainAll(options.faults());
    if (NodeProcess.faketime().isEmpty()) {
      kinds.remove(FaultKind.CLOCK);
    }
    return kinds;
  }

  /** Everybody ends; then every node must show what the database has. */
  private void finish() {
    stage.nodes().forEach(node -> node.tell("stop"));
    outsiders.forEach(Outsider::close);
    stage.nodes().forEach(node -> require("stopped", node.read()));
    stage.nodes().forEach(node -> node.tell("verify"));
    stage.nodes().forEach(node -> require("verified", node.read()));
    stage.nodes().forEach(NodeProcess::close);
    observer.close();
  }

  private static void require(String expected, String answer) {
    if (!answer.equals(expected)) {
      throw new IllegalStateException("a node says '%s', not '%s'".formatted(answer, expected));
    }
  }
}
