/// A program around a model in C, for a first try: it reads samples from a file and prints what they are.
enum CDemo {
  static func text(_ model: CModel, hasClasses: Bool) -> String {
    let name = model.name
    let macro = name.uppercased()
    let label =
      hasClasses
      ? "printf(\"%s %.4f\\n\", \(name)_classes[best], (double)output[best]);"
      : "printf(\"%lu %.4f\\n\", (unsigned long)best, (double)output[best]);"
    return """
      /* Prints the largest output of each sample in a file of raw values.

             cc -std=c99 -O3 \(model.fileName).c \(model.fileName)_main.c -lm -o \(model.fileName)
             ./\(model.fileName) u8 FILE      bytes
             ./\(model.fileName) f32 FILE     float32, in this machine's order of bytes */
      #include "\(model.fileName).h"

      #include <stdio.h>
      #include <string.h>

      static int read_sample(FILE *file, int is_bytes, float *input)
      {
        static unsigned char bytes[\(macro)_INPUT_SIZE];
        if (!is_bytes) return fread(input, sizeof *input, \(macro)_INPUT_SIZE, file) == \(macro)_INPUT_SIZE;
        if (fread(bytes, 1, \(macro)_INPUT_SIZE, file) != \(macro)_INPUT_SIZE) return 0;
        for (size_t i = 0; i < \(macro)_INPUT_SIZE; i++) input[i] = bytes[i];
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
        while (read_sample(file, strcmp(arguments[1], "u8") == 0, input)) {
          size_t best = 0;
          if (\(name)_predict(input, output) != 0) return 1;
          for (size_t i = 1; i < \(macro)_OUTPUT_SIZE; i++) {
            if (output[i] > output[best]) best = i;
          }
          \(label)
        }
        fclose(file);
        return 0;
      }

      """
  }
}
