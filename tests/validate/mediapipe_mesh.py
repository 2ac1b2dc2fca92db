"""Runs under an interpreter with mediapipe==0.10.21: crops.npz -> landmarks.npz, in crop pixels.

Feeds MediaPipe's own FaceLandmarkCpu graph, with attention, each 192 px crop as a whole picture, so
that nothing but the network and its custom ops is compared.
"""

import sys
from pathlib import Path

import mediapipe
import numpy as np
from mediapipe.framework.formats import rect_pb2
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import calculator_graph, image_frame, resource_util

GRAPH = """
input_stream: "image"
input_stream: "roi"
input_side_packet: "with_attention"
output_stream: "landmarks"
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:roi"
  input_side_packet: "WITH_ATTENTION:with_attention"
  output_stream: "LANDMARKS:landmarks"
}
"""


def main(crops_path: str, landmarks_path: str) -> None:
    """NaN where MediaPipe sees no face."""
    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parent.parent))
    crops = np.load(crops_path)["crops"]
    landmarks = np.full((len(crops), 478, 3), np.nan)

    def keep(_, packet):
        points = packet_getter.get_proto(packet).landmark
        landmarks[packet.timestamp.value] = [(p.x, p.y, p.z) for p in points]

    graph = calculator_graph.CalculatorGraph(graph_config=GRAPH)
    graph.observe_output_stream("landmarks", keep)
    graph.start_run({"with_attention": packet_creator.create_bool(True)})
    whole = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1, rotation=0)
    for i, crop in enumerate(crops):
        frame = packet_creator.create_image_frame(
            image_format=image_frame.ImageFormat.SRGB, data=np.ascontiguousarray(crop)
        )
        graph.add_packet_to_input_stream("image", frame.at(i))
        graph.add_packet_to_input_stream("roi", packet_creator.create_proto(whole).at(i))
    graph.close_all_packet_sources()
    graph.wait_until_done()
    np.savez(landmarks_path, landmarks=landmarks * crops.shape[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
