using Holotree.Bench;

if (!OperatingSystem.IsLinux()) return Usage("Linux only.");
return args switch
{
    ["finder"] => FinderSpeed.Measure(),
    ["patching", var folder] => PatchingSpeed.Measure(folder),
    _ => Usage("usage: Holotree.Bench finder | patching DIR"),
};

static int Usage(string text)
{
    Console.Error.WriteLine(text);
    return 2;
}
