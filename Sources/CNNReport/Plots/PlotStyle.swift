/// What the classes of plots look like. Hues are of Okabe and Ito's palette, which people with any kind of colour vision
/// tell apart ("Color Universal Design", 2008); training and validation also differ in how their lines are drawn.
enum PlotStyle {
  /// Light, and dark where the reader's screen is; paper is always light.
  static let colors = """
    :root{color-scheme:light dark;--page:#fff;--panel:#f6f8fa;--ink:#1b2430;--soft:#566273;--rule:#d5dbe3;--grid:#e8ecf1;\
    --train:#0072b2;--valid:#c2540a;--good:#007a5a;--bar:#3b8ec2;--heat:#0b5c96;--heat-ink:#fff;--miss:#b3261e;--line3:#8a5fa8}
    @media screen and (prefers-color-scheme:dark){:root{--page:#12171e;--panel:#1a212b;--ink:#e8edf3;--soft:#a3afbf;\
    --rule:#3a4554;--grid:#28313d;--train:#56b4e9;--valid:#f2a65a;--good:#4cc9a0;--bar:#4f9fd0;--heat:#6cc1f5;\
    --heat-ink:#08131d;--miss:#ff8a80;--line3:#cc9be0}}

    """

  static let shapes = """
    svg.plot text{font-family:system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;font-size:12px;fill:var(--ink);\
    font-variant-numeric:tabular-nums}
    svg.plot .page{fill:var(--page)}svg.plot .title{font-size:14px;font-weight:600}
    svg.plot .tick,svg.plot .soft{fill:var(--soft);font-size:11px}svg.plot .small{font-size:10.5px}
    svg.plot .axis{stroke:var(--rule);stroke-width:1}svg.plot .grid{stroke:var(--grid);stroke-width:1}
    svg.plot .line0,svg.plot .line1,svg.plot .line2,svg.plot .line3,svg.plot .line4,svg.plot .line5,svg.plot .line6,\
    svg.plot .line7{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    svg.plot .line0{stroke:var(--train);stroke-dasharray:1 4}svg.plot .line1{stroke:var(--valid)}
    svg.plot .line2{stroke:var(--train)}svg.plot .line3{stroke:var(--good)}svg.plot .line4{stroke:var(--line3)}
    svg.plot .line5{stroke:var(--soft)}svg.plot .line6{stroke:var(--miss)}svg.plot .line7{stroke:var(--bar)}
    svg.plot .dot0,svg.plot .dot2{fill:var(--train)}svg.plot .dot1{fill:var(--valid)}svg.plot .dot3{fill:var(--good)}
    svg.plot .dot4{fill:var(--line3)}svg.plot .dot5{fill:var(--soft)}svg.plot .dot6{fill:var(--miss)}svg.plot .dot7{fill:var(--bar)}
    svg.plot .hover{fill:transparent}svg.plot .best{stroke:var(--good);stroke-width:1.5;stroke-dasharray:4 3}
    svg.plot .ring{fill:var(--page);stroke:var(--good);stroke-width:2}svg.plot .bar{fill:var(--bar)}
    svg.plot .bar1{fill:var(--valid)}svg.plot .bar2{fill:var(--good)}svg.plot .rest{fill:var(--soft)}
    svg.plot .hollow{fill:var(--page);stroke:var(--valid);stroke-width:1.5}
    svg.plot .ideal{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4;fill:none}
    svg.plot .level{stroke:var(--valid);stroke-width:3}svg.plot .cell{fill:var(--heat)}svg.plot .empty{fill:var(--panel)}
    svg.plot .frame{fill:none;stroke:var(--rule)}svg.plot .on{fill:var(--heat-ink)}svg.plot .inert{pointer-events:none}
    svg.plot .mark{fill:var(--train);fill-opacity:.55}svg.plot .miss{fill:var(--miss)}
    svg.plot .pixels{image-rendering:pixelated}

    """
}
