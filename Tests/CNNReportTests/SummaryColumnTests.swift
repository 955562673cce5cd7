import CNNReport
import Testing

@Suite("columns and formats of a summary")
struct SummaryColumnTests {
  static let model = SummaryModel(
    name: "small",
    rows: [
      SummaryRow(
        name: "conv2d", className: "Conv2D", outputShape: [26, 26, 4], parameterCount: 40, connectedTo: ["input"],
        figures: SummaryFigures(
          flops: 51_376, memory: 10_816, receptiveField: SummarySize(rows: 3, columns: 3),
          kernel: SummarySize(rows: 3, columns: 3))),
      SummaryRow(
        name: "flatten", className: "Flatten", outputShape: [2704], parameterCount: 0, connectedTo: ["conv2d"],
        figures: SummaryFigures(
          flops: 0, memory: 10_816, receptiveField: SummarySize(rows: 28, columns: 28), kernel: nil)),
    ], isSequential: true, totalParameters: 40, trainableParameters: 40, nonTrainableParameters: 0, flops: 51_376,
    memory: [
      MemoryEstimate(
        job: .training, batch: 64, threads: 1,
        parts: [.init("weights", 192), .init("optimizer", 0), .init("values", 832)],
        largestBatch: 0),
      MemoryEstimate(
        job: .inference, batch: 64, threads: 1, parts: [.init("weights", 192), .init("values", 2048)],
        largestBatch: 65_536),
    ], inputShape: [28, 28, 1], outputShape: [2704])

  @Test("the classic look, columns in the order asked for") func classic() {
    #expect(
      SummaryTable.classic(Self.model, columns: [.kernel, .flops, .connectedTo]) == """
        Model: "small"
        ___________________________________________________________________________
        Layer (type)       Output Shape       Param #  Kernel   FLOPs  Connected to
        ===========================================================================
        conv2d (Conv2D)    (None, 26, 26, 4)       40     3x3  51,376  input       
        ___________________________________________________________________________
        flatten (Flatten)  (None, 2704)             0       -       0  conv2d      
        ===========================================================================
        Total params: 40
        Trainable params: 40
        Non-trainable params: 0
        FLOPs of one image: 51,376
        ___________________________________________________________________________
        """)
  }

  @Test("the boxed look") func boxed() {
    #expect(
      SummaryTable.keras3(Self.model, columns: [.receptiveField, .memory]) == """
        Model: "small"
        ┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
        ┃ Layer (type)      ┃ Output Shape      ┃ Param # ┃ Receptive field ┃    Memory ┃
        ┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
        │ conv2d (Conv2D)   │ (None, 26, 26, 4) │      40 │             3x3 │ 10.56 KiB │
        ├───────────────────┼───────────────────┼─────────┼─────────────────┼───────────┤
        │ flatten (Flatten) │ (None, 2704)      │       0 │           28x28 │ 10.56 KiB │
        └───────────────────┴───────────────────┴─────────┴─────────────────┴───────────┘
         Total params: 40 (160.00 B)
         Trainable params: 40 (160.00 B)
         Non-trainable params: 0 (0.00 B)
         FLOPs of one image: 51,376
        """)
  }

  @Test("Markdown") func markdown() {
    #expect(
      Self.model.markdown(columns: [.flops]) == """
        ### small

        | Layer (type) | Output Shape | Param # | FLOPs |
        | --- | --- | ---: | ---: |
        | conv2d (Conv2D) | (None, 26, 26, 4) | 40 | 51,376 |
        | flatten (Flatten) | (None, 2704) | 0 | 0 |

        - Total params: 40
        - Trainable params: 40
        - Non-trainable params: 0
        - FLOPs of one image: 51,376
        """)
  }

  @Test("one object with everything") func json() {
    #expect(
      Self.model.json(toolVersion: "1.2.3").text == """
        {"format_version":"1.0","memory":{"inference":{"batch_size":64,"bytes":2240,"largest_batch_size":65536,\
        "parts":{"values":2048,"weights":192},"threads":1},"training":{"batch_size":64,"bytes":1024,\
        "largest_batch_size":0,"parts":{"values":832,"weights":192},"threads":1}},"model":{"flops":51376,\
        "input_shape":[28,28,1],"layers":[{"connected_to":["input"],"flops":51376,"kernel_size":[3,3],"name":"conv2d",\
        "output_bytes":10816,"output_shape":[26,26,4],"params":40,"receptive_field":[3,3],"type":"Conv2D"},\
        {"connected_to":["conv2d"],"flops":0,"kernel_size":null,"name":"flatten","output_bytes":10816,\
        "output_shape":[2704],"params":0,"receptive_field":[28,28],"type":"Flatten"}],"name":"small",\
        "non_trainable_params":0,"output_shape":[2704],"total_params":40,"trainable_params":40},\
        "tool":{"name":"cnnrun","version":"1.2.3"}}
        """)
  }

  @Test("memory, and the largest batch within a limit") func memory() {
    #expect(
      Self.model.memoryText(limit: 1024) == """
        Memory for a batch of 64 on 1 thread
        training      1.00 KiB  weights 192.00 B, values 832.00 B
        inference     2.19 KiB  weights 192.00 B, values 2.00 KiB
        Largest batch within 1.00 KiB: none for training, 65,536 or more for inference
        """)
  }
}
