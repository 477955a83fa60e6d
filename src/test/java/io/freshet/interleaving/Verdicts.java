package io.freshet.interleaving;

import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResultKt;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;

/** Every operation has judged its own result, by the model: all must have found it fine. */
public final class Verdicts implements Verifier {

  /** For Lincheck, which makes one for each subject. */
  @SuppressWarnings("UnusedVariable")
  public Verdicts(Class<?> subject) {}

  @Override
  public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
    return ExecutionResultKt.getAllResults(results).stream()
        .allMatch(result -> result.toString().equals(Row.FINE));
  }
}
