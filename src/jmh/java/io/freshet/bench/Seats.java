package io.freshet.bench;

import java.io.IOException;
import java.util.List;

/** Starts workers. Immutable. */
final class Seats {

  private final boolean ownProcess;

  /**
   * @param ownProcess false where nothing is measured: all work in this JVM
   */
  Seats(boolean ownProcess) {
    this.ownProcess = ownProcess;
  }

  /**
   * Starts one.
   *
   * @param options of its JVM
   */
  Seat start(List<String> options) throws IOException {
    return ownProcess ? WorkerProcess.start(options) : new Here(new Worker());
  }

  /** The answer, if it is not that something failed. */
  static Words checked(Words answer) {
    if (answer.has(Worker.FAILED)) {
      throw new WorkerFailedException(answer.text(Worker.FAILED));
    }
    return answer;
  }

  private record Here(Worker worker) implements Seat {

    @Override
    public Words ask(Words command) {
      return checked(worker.answer(Words.read(command.toString())));
    }

    @Override
    public void close() {
      worker.close();
    }
  }
}
