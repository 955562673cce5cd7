/// How pages look: in light and dark, on paper, on a wide screen and on a phone.
enum PageStyle {
  static let text = """
    *{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
    main{max-width:1080px;margin:0 auto;padding:28px 24px 48px}
    h1{font-size:28px;line-height:1.2;font-weight:680;margin:0;overflow-wrap:anywhere}
    h2{font-size:19px;line-height:1.3;font-weight:650;margin:0 0 4px}h3{font-size:15px;font-weight:600;margin:24px 0 2px}
    p{margin:4px 0 12px;max-width:88ch}.soft,small{color:var(--soft)}small{font-size:12.5px}
    header{margin-bottom:8px}.lead{margin:6px 0 18px;font-size:16px;color:var(--soft);max-width:none}
    nav{display:flex;flex-wrap:wrap;gap:2px 18px;margin:18px 0 0;font-size:14px}nav a{color:var(--train);text-decoration:none;padding:3px 0}
    nav a:hover{text-decoration:underline}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:10px;margin:0}
    .tiles div{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:10px 14px;min-width:0}
    .tiles dt{font-size:12.5px;color:var(--soft);overflow-wrap:anywhere}.tiles dd{margin:0;font-size:21px;font-weight:620;\
    font-variant-numeric:tabular-nums;line-height:1.3;overflow-wrap:anywhere}
    section{margin-top:36px;padding-top:20px;border-top:1px solid var(--rule)}
    .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:28px 36px;margin-top:14px;align-items:start}
    .plots>*{min-width:0}svg.plot{display:block;width:100%;height:auto}
    .wide{margin-top:14px;overflow-x:auto;min-width:0}.wide svg.plot{min-width:calc(.9*var(--width))}
    .beside{display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-start}.beside>.wide{flex-grow:1}.beside>.aside{flex:1 1 320px;min-width:0}
    .beside h3{margin-top:14px}.pointing{display:none}
    .classes{display:grid;gap:28px 36px;margin-top:14px;align-items:start}.classes>*{min-width:0}
    .scroll{overflow-x:auto;margin-top:10px}
    table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
    th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
    th{font-weight:600;color:var(--soft);font-size:12.5px;vertical-align:bottom;border-bottom-color:var(--rule)}
    .n{text-align:right}td.n{white-space:nowrap}.pinned :is(td,th):first-child{position:sticky;left:0;background:var(--page);min-width:170px}tfoot td{font-weight:600;border-bottom:0}
    td:last-child,th:last-child{padding-right:0}table.facts{width:100%}table.facts td:first-child{color:var(--soft);width:45%}
    .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:0 36px;align-items:start}.columns>*{min-width:0}
    .groups{columns:2 400px;column-gap:36px}.groups>*{break-inside:avoid;padding-top:16px}.groups h3{margin:0;font-size:13.5px}.groups .scroll{margin-top:2px}
    .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:16px 14px;margin:10px 0 4px}
    figure{margin:0;min-width:0}figure img{display:block;width:100%;height:auto;aspect-ratio:1;object-fit:contain;background:var(--panel);border-radius:4px}
    .pixels{image-rendering:pixelated}
    figcaption{font-size:13px;line-height:1.35;margin-top:5px;overflow-wrap:anywhere}figcaption bdi{display:block}figcaption small{display:block;font-size:12px}
    .wrong figcaption>bdi{color:var(--miss)}
    .filters{display:flex;flex-wrap:wrap;gap:5px;margin-top:10px}.filters img{width:46px;height:auto;border-radius:2px;display:block}
    .note{border-left:3px solid var(--valid);padding:2px 0 2px 12px;margin:12px 0}
    details{margin-top:14px}summary{cursor:pointer;color:var(--train);font-size:14px}
    pre{font:12px/1.45 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--panel);border:1px solid var(--rule);border-radius:6px;\
    padding:10px 12px;overflow-x:auto;margin:8px 0 0}
    footer{margin-top:40px;padding-top:14px;border-top:1px solid var(--rule);font-size:12.5px;color:var(--soft)}
    @media (max-width:600px){main{padding:20px 16px 36px}h1{font-size:23px}.tiles{grid-template-columns:repeat(2,1fr)}\
    .tiles dd{font-size:18px}section{margin-top:28px}th,td{padding-right:10px}.grid{grid-template-columns:repeat(3,1fr);gap:12px 10px}}
    @media (min-width:900px){.classes{grid-template-columns:minmax(38%,1fr) minmax(calc(50% - 18px),max-content)}}
    @media (max-width:480px),(min-width:740px) and (max-width:900px){:is(.plots,.classes) svg.plot text{font-size:13.4px}:is(.plots,.classes) svg.plot .title{font-size:15.5px}\
    :is(.plots,.classes) svg.plot .tick,:is(.plots,.classes) svg.plot .soft{font-size:12.3px}:is(.plots,.classes) svg.plot .small{font-size:11.7px}}\
    @media (max-width:600px){td.long{min-width:132px}.pinned :is(td,th):first-child{min-width:96px}.pinned td.long:first-child{min-width:140px}table:not(.pinned) th.n{white-space:nowrap}}
    @media screen and (hover:hover){.pointing{display:inline}}
    @media print{body{font-size:12px}table{font-size:11px}th{font-size:10.5px}main{max-width:none;padding:0}nav{display:none}section{margin-top:20px}
    figure,svg.plot,tr,.tiles div,.aside,section>.soft{break-inside:avoid}h2,h3,summary,section>.soft{break-after:avoid}tfoot{display:table-row-group}\
    .plots,.columns{grid-template-columns:1fr 1fr}.groups{columns:2}.beside{display:block}\
    .classes{display:flex;flex-wrap:wrap;gap:16px 20px}.classes>:first-child{flex:1 1 300px}.pinned :is(td,th):first-child{position:static}\
    .tiles{grid-template-columns:repeat(auto-fit,minmax(100px,1fr));gap:8px}.tiles div{padding:8px 10px}.tiles dt{font-size:11px}.tiles dd{font-size:17px}
    .grid{grid-template-columns:repeat(6,1fr)}pre{white-space:pre-wrap}.scroll,.wide{overflow:visible}.wide svg.plot{min-width:0}\
    details::details-content{content-visibility:visible;block-size:auto;overflow:visible}\
    summary{display:block;color:var(--ink);font-size:13px;font-weight:600}@page{margin:14mm}}

    """
}
