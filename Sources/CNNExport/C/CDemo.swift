internal import CNNGraph
internal import CNNModel

/// A program around a model in C, for a first try: it reads samples from a file and prints what they are.
enum CDemo {
  /// Whether each output is a probability of its own, by a sigmoid, so that several may be likely at once.
  private static func hasIndependentOutputs(_ trained: TrainedModel) -> Bool {
    guard trained.spec.model.outputType.elementCount > 1 else { return false }
    switch trained.spec.model.outputActivation {
    case .sigmoid?, .hardSigmoid?: return true
    default: return false
    }
  }

  static func text(_ model: CModel, of trained: TrainedModel) -> String {
    let name = model.name
    let macro = name.uppercased()
    let width = trained.spec.model.outputType.elementCount
    let meaning = OutputMeaning(of: trained.spec, classNames: trained.classNames)
    let hasNames = !trained.classNames.isEmpty
    // As many as `predict` tells of, where none speaks for the others too.
    let told = meaning.isOfClasses && hasIndependentOutputs(trained) ? min(3, width) : 1
    let label = { (place: String) in hasNames ? "\(name)_classes[\(place)]" : "(unsigned long)\(place)" }
    let form = hasNames ? "%s" : told > 1 ? "class %lu" : "%lu"
    let printing =
      if !meaning.isOfClasses {
        """
            for (size_t i = 0; i < \(macro)_OUTPUT_SIZE; i++) printf(i > 0 ? " %.6g" : "%.6g", (double)output[i]);
            printf("\\n");
        """
      } else if width == 1 {
        """
            const double second = \(meaning == .logits ? "1 / (1 + exp(-(double)output[0]))" : "(double)output[0]");
            const size_t best = second > 0.5 ? 1 : 0;
            printf("\(form) %.4f\\n", \(label("best")), best == 1 ? second : 1 - second);
        """
      } else if told > 1 {
        """
            int is_told[\(macro)_OUTPUT_SIZE] = {0};
            for (int place = 0; place < \(told); place++) {
              size_t best = \(macro)_OUTPUT_SIZE;
              for (size_t i = 0; i < \(macro)_OUTPUT_SIZE; i++) {
                if (!is_told[i] && (best == \(macro)_OUTPUT_SIZE || output[i] > output[best])) best = i;
              }
              is_told[best] = 1;
              printf("%s\(form) %.4f", place > 0 ? "  " : "", \(label("best")), (double)output[best]);
            }
            printf("\\n");
        """
      } else {
        """
            size_t best = 0;
            for (size_t i = 1; i < \(macro)_OUTPUT_SIZE; i++) {
              if (output[i] > output[best]) best = i;
            }
            printf("\(form) %.4f\\n", \(label("best")), (double)output[best]);
        """
      }
    let what =
      !meaning.isOfClasses
      ? "the outputs of each sample"
      : told > 1
        ? "the most likely classes of each sample, each likely or not by itself, and their outputs"
        : "the most likely class of each sample and its output"
    return """
      /* Prints \(what) in a file of raw values.

             cc -std=c99 -O3 \(model.fileName).c \(model.fileName)_main.c -lm -o \(model.fileName)
             ./\(model.fileName) u8 FILE      bytes
             ./\(model.fileName) f32 FILE     float32, in this machine's order of bytes */
      #include "\(model.fileName).h"

      #include <math.h>
      #include <stdio.h>
      #include <string.h>

      /* 1, 0 at the end of the file, or -1 where it ends within a sample. */
      static int read_sample(FILE *file, int is_bytes, float *input)
      {
        static unsigned char bytes[\(macro)_INPUT_SIZE];
        const size_t size = (is_bytes ? 1 : sizeof *input) * \(macro)_INPUT_SIZE;
        const size_t found = fread(is_bytes ? (void *)bytes : (void *)input, 1, size, file);
        if (found != size) return found == 0 && feof(file) ? 0 : -1;
        for (size_t i = 0; is_bytes && i < \(macro)_INPUT_SIZE; i++) input[i] = bytes[i];
        return 1;
      }

      int main(int count, char **arguments)
      {
        static float input[\(macro)_INPUT_SIZE], output[\(macro)_OUTPUT_SIZE];
        if (count != 3 || (strcmp(arguments[1], "u8") != 0 && strcmp(arguments[1], "f32") != 0)) {
          fprintf(stderr, "usage: %s u8|f32 FILE\\n", count > 0 ? arguments[0] : "\(model.fileName)");
          return 2;
        }
        FILE *file = fopen(arguments[2], "rb");
        if (file == NULL) {
          perror(arguments[2]);
          return 1;
        }
        int status;
        while ((status = read_sample(file, strcmp(arguments[1], "u8") == 0, input)) == 1) {
          if (\(name)_predict(input, output) != 0) return 1;
      \(printing)
        }
        if (status < 0) {
          fprintf(stderr, "%s: ends within a sample of %d values\\n", arguments[2], \(macro)_INPUT_SIZE);
          return 1;
        }
        fclose(file);
        return 0;
      }

      """
  }
}
